import { InvalidArgumentError } from 'commander';

/** Parses a flag's whole number of 1 to `most`. */
export function wholeNumber(most = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isInteger(number) && number > 0 && number <= most) return number;
    throw new InvalidArgumentError(
      most === Number.MAX_SAFE_INTEGER ? 'It must be a whole number above 0.' : `It must be a whole number from 1 to ${most}.`,
    );
  };
}
