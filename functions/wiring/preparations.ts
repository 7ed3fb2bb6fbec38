import { deepFreeze } from '../../core/change/deep-freeze.ts';
import type { PreparationRef, PreparationStore } from '../../core/ledger/preparation.ts';
import { environment } from './environment.ts';

/** Loaded only if needed: most versions prepare nothing, and the Encryption SDK would slow down each start of a worker. */
export async function openedPreparations(): Promise<PreparationStore> {
  const { openPreparations } = await import('../../aws/preparations/open-preparations.ts');
  return openPreparations({ bucket: environment.bucket, key: environment.key, maxBytes: environment.maxPreparationBytes });
}

let kept: { version: string; value: Promise<unknown> } | undefined;

/** Read and decrypted once while the container is warm. */
export function readPreparation(preparation: PreparationRef): Promise<unknown> {
  if (kept?.version !== preparation.version) {
    const value = openedPreparations()
      .then((preparations) => preparations.read(preparation))
      .then(deepFreeze);
    kept = { version: preparation.version, value };
    value.catch(() => {
      kept = undefined;
    });
  }
  return kept.value;
}
