import { recordText } from '../../aws/journal/record-text.ts';
import type { JournalStore } from '../../core/journal/journal-port.ts';
import { environment } from './environment.ts';

let opened: Promise<JournalStore> | undefined;

/** Loaded only if needed: a version that only adds has no journal, and the Encryption SDK would slow down each start of a worker. */
export const journals: JournalStore = {
  textOf: recordText,
  write: async (object, records) => (await open()).write(object, records),
  read: async (object) => (await open()).read(object),
  writeReport: async (object, records) => (await open()).writeReport(object, records),
};

function open(): Promise<JournalStore> {
  opened ??= import('../../aws/journal/open-journals.ts').then(({ openJournals }) =>
    openJournals({ bucket: environment.bucket, key: environment.key }),
  );
  return opened;
}
