import { type HeapProfiler, Session } from 'node:inspector/promises';

/** Mean number of allocated bytes between two samples of the heap profiler. */
const samplingInterval = 4096;

/** Bytes that the process allocates in the JavaScript heap during `work`, also those that are collected meanwhile. Load of the machine does not change them. */
export async function allocatedBytes(work: () => Promise<unknown>): Promise<number> {
  const session = new Session();
  session.connect();
  try {
    await session.post('HeapProfiler.startSampling', {
      samplingInterval,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    await work();
    const { profile } = await session.post('HeapProfiler.stopSampling');
    return bytesIn(profile.head);
  } finally {
    session.disconnect();
  }
}

function bytesIn({ selfSize, children }: HeapProfiler.SamplingHeapProfileNode): number {
  return children.reduce((sum, child) => sum + bytesIn(child), selfSize);
}
