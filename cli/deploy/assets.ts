import type { AssetBucket } from '../../aws/deploy/asset-bucket.ts';
import { countOf } from '../../core/count-of.ts';
import { sayWrapped } from '../terminal/wrapped.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { Interrupted } from './deploy-ports.ts';
import type { Asset } from './written-folder.ts';

/** Uploads at a time. */
const atOnce = 4;

/** Uploads the files that the bucket lacks. A name changes with the contents of its file, so what is there is the same. */
export async function uploadAssets(
  bucket: AssetBucket,
  prefix: string,
  assets: readonly Asset[],
  { output, signal }: Pick<DeployPorts, 'output' | 'signal'>,
): Promise<{ uploaded: string[] }> {
  const left = [...assets];
  const uploaded: string[] = [];
  const work = async (): Promise<void> => {
    for (let asset = left.shift(); asset; asset = left.shift()) {
      if (signal.aborted)
        throw new Interrupted('The stack of the service was not changed; files that were uploaded stay in the bucket, and do no harm.');
      const stored = await bucket.put(`${prefix}${asset.name}`, asset.content());
      if (stored !== 'there') uploaded.push(asset.name);
      if (stored === 'replaced')
        sayWrapped(
          output,
          `warning: ${bucket.name} had another file under ${prefix}${asset.name}, and it was replaced. Find out who may write to the bucket.`,
        );
      if (output.isRedrawn)
        output.progress(() => [`${assets.length - left.length} of ${countOf(assets.length, 'file')} are in ${bucket.name}`]);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  output.endProgress();
  return { uploaded: uploaded.sort() };
}
