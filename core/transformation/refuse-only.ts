import type { TableShape } from '../values/table-shape.ts';
import { invalidFile } from './check-exports.ts';
import type { Transformation } from './contract.ts';
import { kindOf } from './only.ts';
import { conditionIn, keyTypeInWords, readBy } from './scope.ts';

/** @throws RunError InvalidTransformation: when the table has no such index, or not the keys that `only` asks for */
export function refuseOnly(file: string, { only }: Pick<Transformation, 'only'>, shape: TableShape): void {
  if (!only) return;
  if (only.index !== undefined && !shape.indexes.some(({ name }) => name === only.index)) {
    const names = shape.indexes.map(({ name }) => `"${name}"`).join(', ');
    throw invalidFile(
      file,
      `has "only" with index "${only.index}", which ${shape.name} does not have${names ? ` (it has ${names})` : ': it has no index'}. Correct the name, or create the index first`,
    );
  }
  const { index, keys } = readBy(only, shape);
  const of = index ? `index "${index.name}"` : 'the table';
  if (!only.partitions) return;
  if ((index?.partitionKeys ?? 1) > 1)
    throw invalidFile(
      file,
      `has "only" with partitions of ${of}, whose partition key has several attributes. Use { index: "${index?.name}" } without partitions, and return undefined for other items`,
    );
  const [partition, sort, more] = keys;
  const wrong = typeof only.partitions === 'function' ? undefined : only.partitions.find((value) => kindOf(value) !== partition?.type);
  if (partition && wrong !== undefined)
    throw invalidFile(
      file,
      `has "only" with partitions that are ${keyTypeInWords[kindOf(wrong) ?? 'S']}, and the partition key "${partition.name}" of ${of} is ${keyTypeInWords[partition.type]}`,
    );
  if (!only.sortKey) return;
  if (!sort) throw invalidFile(file, `has "only" with a sortKey, and ${of} has no sort key. Remove sortKey`);
  if (more)
    throw invalidFile(
      file,
      `has "only" with a sortKey, and the sort key of ${of} has several attributes. Remove sortKey, and return undefined for other items`,
    );
  const { by, values } = conditionIn(only.sortKey);
  if (values.some((value) => kindOf(value) !== sort.type))
    throw invalidFile(
      file,
      `has "only" with a sortKey whose "${by}" is of another type than the sort key "${sort.name}" of ${of}, which is ${keyTypeInWords[sort.type]}`,
    );
}
