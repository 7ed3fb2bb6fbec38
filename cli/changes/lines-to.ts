import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import { bucketIn, writeBucketLines } from './bucket-lines.ts';
import { writePrivateLines } from './private-lines.ts';

/**
 * Writes lines to a file of this machine, or to a folder of S3.
 *
 * @param write gives lines
 * @throws UsageError
 */
export async function writeLinesTo(
  to: string,
  service: Pick<DeployedService, 'bucketFolder'>,
  write: (line: (text: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const place = bucketIn(to);
  if (place) await writeBucketLines(to, await service.bucketFolder(place.bucket, place.prefix), write);
  else await writePrivateLines(to, write);
}
