const bytesPerSegment = 128 * 1024 * 1024;

/** Workers at a time, unless a run asks for another number. */
export const defaultMaxConcurrency = 40;

/** Slices of the parallel Scan for a table of so many bytes, unless a run asks for another number. */
export const totalSegmentsFor = (bytes: number): number => Math.min(10_000, Math.max(8, Math.ceil(bytes / bytesPerSegment)));
