/** Seconds after which a function is killed, by name; as the construct sets them in AWS. */
export const functionTimeouts: Record<string, number> = {
  'transform-segment': 900,
  'settle-pass': 900,
};

/** Seconds for the functions not named above. */
export const defaultFunctionTimeout = 300;

/** MB; only told to the functions, not enforced. */
export const functionMemory = 1769;
