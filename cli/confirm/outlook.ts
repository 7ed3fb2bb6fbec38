import type { Output } from '../terminal/output.ts';

/** What a start would do, in the lines that a person reads before it is confirmed. */
export interface Outlook {
  /** `Users up v3, v4` */
  title: string;
  what: string;
  howMany: string;
  takes: string;
  wayBack: string;
  /** Why a person is asked; none if the run starts without a question. */
  reasons: readonly string[];
}

export function outlookLines({ title, what, howMany, takes, wayBack, reasons }: Outlook, { styled }: Pick<Output, 'styled'>): string[] {
  return [
    styled('bold', title),
    `  what      ${what}`,
    `  how many  ${howMany}`,
    `  takes     ${takes}`,
    `  way back  ${wayBack}`,
    styled('yellow', `You are asked because ${reasons.join(', and ')}.`),
  ];
}
