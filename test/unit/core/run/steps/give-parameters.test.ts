import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { RunError } from '../../../../../core/errors.ts';
import { openGiven, recordedValues } from '../../../../../core/ledger/given.ts';
import { parseRunInput } from '../../../../../core/run/run-input.ts';
import {
  chooseGiven,
  keepGiven,
  maxParametersBytes,
  type VersionToGive,
  withGiven,
} from '../../../../../core/run/steps/give-parameters.ts';
import { declaredParameters } from '../../../../../core/transformation/parameters/declared-parameters.ts';
import { secret } from '../../../../../core/transformation/parameters/secret.ts';
import { readableSecrets } from '../../../../support/secrets.ts';

function declaring(exported: unknown): VersionToGive {
  const declared = declaredParameters(exported);
  if ('problem' in declared) throw new Error(declared.problem);
  return { table: 'Users', sequence: 3, file: 'Users/v3.ts', declared, secrets: readableSecrets };
}

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => expect.fail('it was accepted'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RunError);
  expect(error).toMatchObject({ name: 'InvalidParameters', fields: { table: 'Users', sequence: 3 } });
  return error instanceof Error ? error.message : '';
}

function sealedOf(parameter: string, value: unknown): Promise<string> {
  return readableSecrets.encrypt({ table: 'Users', sequence: 3, parameter }, JSON.stringify(value));
}

describe('parameters that are chosen', () => {
  it('are the given ones over the defaults', async () => {
    const given = await chooseGiven(declaring({ days: 14, prefix: 'X#' }), { days: 30 }, 5);
    expect(given).toMatchObject({ startedAt: 5 });
    expect(recordedValues(given)).toEqual({ days: 30, prefix: 'X#' });
  });

  it('are what a schema makes of them', async () => {
    const of = declaring(z.object({ days: z.number().min(1), tenant: z.string().transform((text) => text.toUpperCase()) }));
    expect(recordedValues(await chooseGiven(of, { days: 2, tenant: 'a' }, 0))).toEqual({ days: 2, tenant: 'A' });
  });

  it.each<[string, unknown, Record<string, unknown>, RegExp]>([
    ['are not declared', { days: 14 }, { day: 1 }, /"day"/],
    ['are of another kind', { days: 14 }, { days: '30' }, /"days"/],
    ['are missing', z.object({ tenant: z.string() }), {}, /"tenant"/],
    ['break a rule of the schema', z.object({ days: z.number().min(1) }), { days: 0 }, /"days"/],
    ['are too large', { text: '' }, { text: 'x'.repeat(maxParametersBytes) }, /4096/],
    ['are secret and not encrypted', { token: secret() }, { token: 'plain-9b1c' }, /"token"/],
  ])('are refused if they %s', async (_, exported, values, message) => {
    const refusal = await refusalOf(chooseGiven(declaring(exported), values, 0));
    expect(refusal).toMatch(message);
    expect(refusal).not.toContain('plain-9b1c');
  });

  it('have secrets encrypted, and functions get them in plain', async () => {
    const of = declaring({ days: 14, token: secret('default-7c') });
    const given = await chooseGiven(of, { token: { encrypted: await sealedOf('token', 'given-2e') } }, 0);
    expect(given).toMatchObject({ secrets: ['token'] });
    expect(given.parameters).not.toMatch(/given-2e|default-7c/);
    expect((await openGiven(of, given, readableSecrets.decrypt)).parameters).toEqual({ days: 14, token: 'given-2e' });
  });
});

describe('parameters that are kept', () => {
  const recorded = { parameters: '{"days":30}', startedAt: 5 };

  it('stay as they were recorded, whatever the stage and the file say since', async () => {
    expect(await keepGiven(declaring({ days: 99 }), recorded, { days: 77 })).toEqual(recorded);
  });

  it('are completed by the stage, and then by the defaults of the file', async () => {
    const of = declaring({ days: 99, prefix: 'X#', tenant: 'none' });
    const kept = await keepGiven(of, recorded, { tenant: 't1' });
    expect(recordedValues(kept)).toEqual({ days: 30, prefix: 'X#', tenant: 't1' });
    expect(kept.startedAt).toBe(5);
  });

  it('are refused if others are asked for, and accepted if the same are', async () => {
    expect(await refusalOf(keepGiven(declaring({ days: 14 }), recorded, undefined, { days: 7 }))).toContain('days=30');
    expect(await keepGiven(declaring({ days: 14 }), recorded, undefined, { days: 30 })).toEqual(recorded);
  });

  it('are refused with a name that is neither recorded nor declared', async () => {
    expect(await refusalOf(keepGiven(declaring({ days: 14 }), recorded, undefined, { dayz: 30 }))).toMatch(/"dayz".*days/);
    const without = { ...declaring({}), declared: undefined };
    expect(await refusalOf(keepGiven(without, recorded, undefined, { dayz: 30 }))).toMatch(/"dayz".*days/);
    expect(await keepGiven(declaring({ days: 14, since: 1 }), recorded, undefined, { since: 2 })).toMatchObject({
      parameters: '{"days":30,"since":2}',
    });
  });

  it.each([
    ['the same', { days: 30 }, undefined],
    ['none', undefined, undefined],
    ['others', { days: 7 }, /days=30/],
    ['an unknown name', { dayz: 30 }, /"dayz"/],
  ])('are compared also if the journal takes the version back, which uses none: %s', async (_, asked, refusal) => {
    const step = { sequence: 3, checksum: 'c', prepares: false, seeds: false, by: 'journal' as const };
    const version = { table: 'Users', sequence: 3, status: 'applied' as const, checksum: 'c', run: 'r', at: '', given: recorded };
    const input = parseRunInput({ table: 'Users', direction: 'down', ...(asked && { parameters: { 3: asked } }) });
    const given = withGiven({ input, startedAt: 9 }, [step], [], [version], { stageParameters: undefined, secrets: readableSecrets });

    if (refusal) expect(await refusalOf(given)).toMatch(refusal);
    else expect(await given).toEqual([step]);
  });

  it('have a secret encrypted that the file declares since', async () => {
    const kept = await keepGiven(declaring({ days: 14, token: secret('since-4d') }), recorded, undefined);
    expect(kept).toMatchObject({ secrets: ['token'] });
    expect(kept.parameters).not.toContain('since-4d');
  });
});
