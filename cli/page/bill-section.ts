import type { RunBill } from '../status/run-bill.ts';
import { money } from '../terminal/cost-text.ts';
import { cards } from './cards.ts';
import { docLink, type PageSurroundings } from './documentation.ts';
import { type Html, html } from './html.ts';
import type { RunPicture } from './run-picture.ts';

interface Part {
  name: string;
  amount: number | null | undefined;
  knownBy: string;
}

/** What the run has cost until now, by part. */
export function billSection({ bill }: RunPicture, surroundings: PageSurroundings): Html | undefined {
  if (!bill) return undefined;
  const { currency, region, asOf, notKnown, provisioned } = bill;
  const parts = partsOf(bill).filter(({ amount }) => typeof amount === 'number');
  const sum = parts.reduce((total, { amount }) => total + (amount ?? 0), 0);
  const rows = cards<Part>(
    'What it has cost',
    [
      { title: 'part', of: ({ name }) => name },
      { title: currency, isNumber: true, of: ({ amount }) => money(amount ?? 0) },
      { title: 'known by', of: ({ knownBy }) => knownBy },
    ],
    parts,
  );
  return html`<section><h2>What it has cost</h2>
${parts.length > 0 && html`<p>It has cost ${money(sum)} ${currency}, on demand in ${region}, with prices of ${asOf}${typeof provisioned === 'number' && html`; the units as provisioned capacity would cost ${money(provisioned)}`}.</p>${rows}`}
${notKnown !== undefined && html`<p>The cost of reads and writes is not known: ${notKnown}. <code>dynamodt status --prices</code> takes the prices of your region.</p>`}
<p class="quiet">${docLink(surroundings, 'what-the-numbers-mean.md', 'What the numbers mean')}</p></section>`;
}

function partsOf({ writes, reads, otherWrites, lambda, stepFunctions, rest, estimated }: RunBill): Part[] {
  const knownBy = (part: string): string => (estimated.includes(part) ? 'estimate' : 'units that DynamoDB reported');
  return [
    { name: 'writes', amount: writes, knownBy: knownBy('writes') },
    { name: 'writes to other tables', amount: otherWrites, knownBy: knownBy('otherWrites') },
    { name: 'reads', amount: reads, knownBy: knownBy('reads') },
    { name: 'Lambda', amount: lambda, knownBy: knownBy('lambda') },
    { name: 'state transitions', amount: stepFunctions, knownBy: knownBy('stepFunctions') },
    { name: 'ledger, logs and metrics', amount: rest, knownBy: knownBy('rest') },
  ];
}
