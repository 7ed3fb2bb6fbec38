import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import type { Control } from '../../core/ledger/control.ts';
import type { TransformSegmentPorts } from '../../core/segment/segment-ports.ts';
import type { TablePort } from '../../core/segment/table-port.ts';
import type { Direction } from '../../core/transformation/contract.ts';
import type { LookOpener } from '../../core/transformation/look.ts';
import { decodeImage, type Image } from '../../core/values/attribute-value.ts';
import type { Operation } from './operation.ts';
import type { OthersSpec, VersionSpec } from './version.ts';

/** A mistake that the write path could make, made in its requests or around it. */
export interface Defect {
  /** The versions that show the defect. */
  version?: Partial<VersionSpec>;
  /** The operation that reaches the table instead; undefined if none does and the request is answered as done. */
  operation?(operation: Operation): Operation | undefined;
  worker?(ports: TransformSegmentPorts): TransformSegmentPorts;
  /** A pass over an index does not wait until the index shows what was written before. */
  beginsAtOnce?: boolean;
  /** What a redrive decides instead. */
  redrive?(control: Control): Control;
}

function isOwn({ kind }: Operation): boolean {
  return kind === 'update' || kind === 'delete';
}

/** Applies to the change of the item itself, not to inserts under other keys. */
function ofOwn(change: (operation: Operation) => Operation): Defect {
  return {
    operation: (operation) => (isOwn(operation) ? change(operation) : operation),
  };
}

/** The item as the worker believes it to be after its update. */
function imageOf({ key, conditions, set, remove }: Operation): Image {
  const read = Object.fromEntries(
    conditions.flatMap((condition) => (condition.kind === 'equals' ? [[condition.name, condition.value]] : [])),
  );
  return Object.fromEntries(Object.entries({ ...key, ...read, ...set }).filter(([name]) => !remove.includes(name)));
}

function asPut(operation: Operation): Operation {
  return operation.kind === 'update' ? { ...operation, kind: 'put', item: imageOf(operation) } : operation;
}

/** Takes a segment whatever was saved since its checkpoint was read, as if only the attempt counted. */
export function forgettingAtTake(ports: TransformSegmentPorts): TransformSegmentPorts {
  const { checkpoints } = ports;
  const take = async (checkpoint: Checkpoint): Promise<boolean> =>
    checkpoints.take(checkpoint, (await checkpoints.read(checkpoint))?.saves);
  return { ...ports, checkpoints: { ...checkpoints, take } };
}

/** The ports with some methods of the table replaced. */
export function withTable(ports: TransformSegmentPorts, change: (table: TablePort) => Partial<TablePort>): TransformSegmentPorts {
  return {
    ...ports,
    openTable: (...args) => {
      const table = ports.openTable(...args);
      const bound: TablePort = {
        readPage: (request) => table.readPage(request),
        readItem: (key) => table.readItem(key),
        readItems: (targets, isStrong) => table.readItems(targets, isStrong),
        writeBatch: (writes, mayWrite) => table.writeBatch(writes, mayWrite),
        writeTransaction: (write, mayWrite) => table.writeTransaction(write, mayWrite),
        writeTogether: (writes, mayWrite) => table.writeTogether(writes, mayWrite),
        putBack: (image, mayWrite) => table.putBack(image, mayWrite),
      };
      return { ...bound, ...change(bound) };
    },
  };
}

function withSave({ checkpoints, ...ports }: TransformSegmentPorts, change: (checkpoint: Checkpoint) => Checkpoint): TransformSegmentPorts {
  return {
    ...ports,
    checkpoints: { ...checkpoints, save: (checkpoint, counted) => checkpoints.save(change(checkpoint), counted) },
  };
}

/** Defects that only versions about some items show. */
export const scopeDefects: Record<string, Defect> = {
  'a decision on what the index projects': {
    version: { only: 'index', fills: [{ name: 'x', from: 'a' }] },
    worker: (ports) =>
      withTable(ports, (table) => ({
        readPage: async (request) => {
          const page = await table.readPage(request);
          if ('kind' in page) return page;
          const projected = ({ id, sort, g }: Image): Image => ({ ...(id && { id }), ...(sort && { sort }), ...(g && { g }) });
          return { ...page, images: page.images.map(projected) };
        },
      })),
  },
  'a pass that begins before the index shows what was written': { version: { only: 'index' }, beginsAtOnce: true },
  'a list of partitions that goes on with the next one after a kill': {
    version: { only: 'partitions' },
    worker: (ports) =>
      withSave(ports, ({ partition, ...checkpoint }) => ({
        ...checkpoint,
        partition: partition === undefined ? undefined : partition + 1,
        position: undefined,
      })),
  },
};

/** Defects that only versions which look things up show. */
export const lookupDefects: Record<string, Defect> = {
  'a look-up that is asked again within one decision': {
    worker: ({ lookups, ...ports }) => ({
      ...ports,
      contextOf: async (...args) => {
        const ask = async (): Promise<unknown> => {
          const got = await lookups?.port.getItems('Rates', [], true);
          return got?.kind === 'answered' && got.images[0] ? decodeImage(got.images[0]) : undefined;
        };
        const looks: LookOpener<Image> = {
          open: (place) => {
            const get = (): Promise<unknown> => (place ? place.leaveFor(ask) : ask());
            return { look: Object.assign(Object.create(null), { self: { get }, rates: { get } }), fault: undefined };
          },
          seeing: () => looks,
        };
        return { ...(await ports.contextOf(...args)), looks };
      },
    }),
  },
};

/** Defects that only versions which insert without a mark show. */
export const otherItemDefects: Record<string, Defect & { others: Partial<OthersSpec>; direction?: Direction }> = {
  'a way back that deletes an inserted item whatever it has become': {
    direction: 'down',
    others: {},
    operation: (operation) => (operation.kind === 'delete' ? { ...operation, conditions: [] } : operation),
  },
  'a way back that leaves inserted items': {
    direction: 'down',
    others: { second: true },
    operation: (operation) => (operation.kind === 'delete' && operation.table !== undefined ? undefined : operation),
  },
  'a way back that goes by the source as it was before': {
    direction: 'down',
    others: {},
    operation: (operation) => (operation.kind === 'check' ? { ...operation, conditions: [] } : operation),
  },
  'a transaction before the last one without the condition on the item itself': {
    others: { children: 5 },
    operation: (operation) => (operation.kind === 'check' ? { ...operation, conditions: [] } : operation),
  },
  'an insert that overwrites what is there': {
    others: {},
    operation: (operation) => (operation.kind === 'put' ? { ...operation, conditions: [] } : operation),
  },
  'a merge without the condition that what was merged is still there': {
    others: { onExisting: 'merge' },
    operation: (operation) => (operation.kind === 'update' && operation.set['content'] ? { ...operation, conditions: [] } : operation),
  },
  'a move that does not check what is there already': {
    others: { moves: true, second: true, children: 1, onExisting: 'keep' },
    operation: (operation) => (operation.kind === 'check' && operation.table !== undefined ? undefined : operation),
  },
};

/** The defects by the remark that a reviewer would make. */
export const defects: Record<string, Defect> = {
  'a missing IS MISSING': ofOwn((operation) => ({
    ...operation,
    conditions: operation.conditions.filter(({ kind }) => kind !== 'missing'),
  })),
  'an UpdateItem without attribute_exists': {
    // What PartiQL cannot say, on items of which nothing but their key was read.
    version: { fills: [{ name: '#x', from: 'nothing' }], overwrites: undefined, removes: undefined, rekeys: false },
    ...ofOwn((operation) => ({
      ...operation,
      conditions: operation.conditions.filter(({ kind }) => kind !== 'exists' || operation.kind !== 'update'),
    })),
  },
  'a blind put': ofOwn((operation) =>
    operation.kind === 'update' ? { ...asPut(operation), conditions: [], mustExist: false } : operation,
  ),
  'a whole-item put': ofOwn(asPut),
  'conditions on written attributes only': ofOwn((operation) => ({
    ...operation,
    conditions: operation.conditions.filter(
      ({ kind, name }) => kind === 'exists' || Object.hasOwn(operation.set, name) || operation.remove.includes(name),
    ),
  })),
  'a blind delete': ofOwn((operation) => (operation.kind === 'delete' ? { ...operation, conditions: [] } : operation)),
  'a blind insert': { operation: (operation) => (operation.kind === 'put' ? { ...operation, conditions: [] } : operation) },
  'a put-back that does not happen': {
    version: { direction: 'up', deletes: 'unlessKept', rekeys: false, inserts: false },
    worker: (ports) => withTable(ports, () => ({ putBack: async () => 'written' })),
  },
  'a write after the lease': {
    worker: (ports) =>
      withTable(ports, (table) => ({
        writeBatch: (writes) => table.writeBatch(writes, () => true),
        writeTransaction: (write) => table.writeTransaction(write, () => true),
      })),
  },
  'a put-back that is given up while the lease holds': {
    version: { direction: 'up', deletes: 'unlessKept', rekeys: false, inserts: false },
    worker: (ports) =>
      withTable(ports, () => ({
        putBack: async () => {
          throw new Error('given up');
        },
      })),
  },
  'a clock of its own for what functions are given': {
    worker: (ports) => ({
      ...ports,
      openGiven: async (...version) => ({ ...(await ports.openGiven(...version)), startedAt: ports.clock.wall() }),
    }),
  },
  'a redrive that chooses anew what functions are given': {
    redrive: (control) => ({ ...control, given: { parameters: '{"days":7}', startedAt: 1_000_000 } }),
  },
  'a fence that is ignored': {
    worker: (ports) => {
      let known: { fence: number; pass: number } | undefined;
      return {
        ...ports,
        readControl: async (run) => {
          const control = await ports.readControl(run);
          known ??= control && { fence: control.fence, pass: control.pass };
          return control && { ...control, ...known };
        },
      };
    },
  },
  'a take of a segment that forgets what was saved since the checkpoint was read': { worker: forgettingAtTake },
  'a segment that is never dirty': { worker: (ports) => withSave(ports, (checkpoint) => ({ ...checkpoint, dirty: false })) },
  'a first look that is saved as clean before the second one was taken': {
    worker: (ports) =>
      withSave(ports, (checkpoint) => (checkpoint.done && !checkpoint.signedOff ? { ...checkpoint, dirty: false } : checkpoint)),
  },
  'a second look that reads nothing': {
    worker: (ports) =>
      withTable(ports, (table) => ({
        readPage: (request) =>
          request.isStrong ? Promise.resolve({ images: [], position: undefined, readUnits: 0 }) : table.readPage(request),
      })),
  },
  'a second look that is never dirty': {
    worker: (ports) => withSave(ports, (checkpoint) => (checkpoint.isSecondLook ? { ...checkpoint, dirty: false } : checkpoint)),
  },
  'a checkpoint at what was read, not at what is settled': {
    worker: (ports) => {
      let position: Image | undefined;
      const reading = withTable(ports, (table) => ({
        readPage: async (request) => {
          const page = await table.readPage(request);
          if (!('kind' in page)) position = page.position;
          return page;
        },
      }));
      return withSave(reading, (checkpoint) => (checkpoint.done || !position ? checkpoint : { ...checkpoint, position }));
    },
  },
};
