import { Option } from 'commander';
import { listPrices, Prices } from '../core/ledger/limits/prices.ts';
import { namedJson } from './named-json.ts';
import { UsageError } from './usage-error.ts';

export function pricesOption(): Option {
  return new Option('--prices <file>', 'JSON with the prices of your region, in place of the list prices of us-east-1');
}

/** The prices that `--prices` names; undefined if it is left out. @throws UsageError: if they cannot be read */
export async function pricesAsked({ prices: file }: { prices?: unknown }): Promise<Prices | undefined> {
  if (typeof file !== 'string') return undefined;
  const result = Prices.safeParse(await namedJson(file, `There is no file "${file}" with prices.`));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UsageError(
    `The prices in "${file}" are not valid (${[issue?.path.join('.'), issue?.message].filter(Boolean).join(': ')}). They look like ${JSON.stringify(listPrices)}`,
  );
}
