import { deepFreeze } from '../../core/change/deep-freeze.ts';
import type { PreparationOwner, PreparationStore } from '../../core/ledger/preparation.ts';
import { environment } from './environment.ts';

/** Loaded only if needed: most versions prepare nothing, and the Encryption SDK would slow down each start of a worker. */
export async function openedPreparations(): Promise<PreparationStore> {
  const { openPreparations } = await import('../../aws/preparations/open-preparations.ts');
  return openPreparations({ bucket: environment.bucket, key: environment.key, maxBytes: environment.maxPreparationBytes });
}

let kept: { of: string; value: Promise<unknown> } | undefined;

/** Reads and decrypts a preparation once in the lifetime of the container. */
export function readPreparation(owner: PreparationOwner, version: string): Promise<unknown> {
  const of = JSON.stringify([owner.table, owner.sequence, owner.checksum, version]);
  if (kept?.of !== of) {
    const value = openedPreparations()
      .then((preparations) => preparations.read(owner, version))
      .then(deepFreeze);
    kept = { of, value };
    value.catch(() => {
      kept = undefined;
    });
  }
  return kept.value;
}
