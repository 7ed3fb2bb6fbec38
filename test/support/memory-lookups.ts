import type { GotItems, LookupPort, LookupSource, NoAnswer, QueriedItems, QueryRequest } from '../../core/lookup/lookup-port.ts';
import { type Image, sameValue } from '../../core/values/attribute-value.ts';
import { encodeItem } from '../../core/values/encode-value.ts';
import { keyOf, keyText, type TableShape } from '../../core/values/table-shape.ts';

/** Tables in memory to look things up in, and the requests that were made. */
export class MemoryLookups implements LookupPort, LookupSource {
  readonly port = this;
  readonly tables = new Map<string, { shape: TableShape; images: Image[] }>();
  readonly gets: { tableName: string; keys: Image[]; consistent: boolean }[] = [];
  readonly queries: QueryRequest[] = [];
  itemsPerPage = 1000;
  /** Called before each request; what it returns is the answer. */
  answer: (
    request: { keys: readonly Image[] } | QueryRequest,
  ) => Promise<GotItems | NoAnswer | undefined> | GotItems | NoAnswer | undefined = () => undefined;

  add(shape: TableShape, items: readonly object[]): this {
    this.tables.set(shape.name, { shape, images: items.map((item) => encodeItem(item)) });
    return this;
  }

  tableNameOf = (table: string): string => table;

  describe = async (tableName: string): Promise<TableShape | undefined> => this.tables.get(tableName)?.shape;

  async getItems(tableName: string, keys: readonly Image[], consistent: boolean): Promise<GotItems | NoAnswer> {
    this.gets.push({ tableName, keys: [...keys], consistent });
    const other = await this.answer({ keys });
    if (other) return other;
    const { shape, images } = this.#table(tableName);
    const wanted = new Set(keys.map(keyText));
    if (wanted.size < keys.length || keys.length > 100) return { kind: 'refused', code: 'ValidationException' };
    const found = images.filter((image) => wanted.has(keyText(keyOf(shape, image))));
    return { kind: 'answered', images: found, unprocessed: [], size: 100, units: keys.length * (consistent ? 1 : 0.5) };
  }

  async queryPage(request: QueryRequest): Promise<QueriedItems | NoAnswer> {
    this.queries.push(request);
    const other = await this.answer(request);
    if (other && other.kind !== 'answered') return other;
    const { shape, images } = this.#table(request.tableName);
    const all = images.filter((image) =>
      Object.entries(request.partition).every(([name, value]) => image[name] && sameValue(image[name], value)),
    );
    const text = request.position && keyText(request.position);
    const from = text ? all.findIndex((image) => keyText(keyOf(shape, image)) === text) + 1 : 0;
    const found = all.slice(from, from + Math.min(request.limit ?? this.itemsPerPage, this.itemsPerPage));
    const last = from + found.length < all.length ? found.at(-1) : undefined;
    return { kind: 'answered', images: found, position: last && keyOf(shape, last), units: 1 };
  }

  #table(tableName: string): { shape: TableShape; images: Image[] } {
    const table = this.tables.get(tableName);
    if (!table) throw Object.assign(new Error(`no ${tableName}`), { name: 'ResourceNotFoundException' });
    return table;
  }
}
