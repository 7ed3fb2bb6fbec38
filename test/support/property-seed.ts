import fc from 'fast-check';

/**
 * The seed of all property tests: the same in each run, so that a change is not refused for what it did not change. `PROPERTY_SEED=7` looks at other
 * values, as each night; a failure prints its seed and path.
 */
fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 1) });
