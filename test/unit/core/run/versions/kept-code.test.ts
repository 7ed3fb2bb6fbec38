import { describe, expect, it } from 'vitest';
import { RunError } from '../../../../../core/errors.ts';
import type { Version, VersionCode } from '../../../../../core/ledger/versions/version.ts';
import { type Deployed, planRun } from '../../../../../core/run/plan-run.ts';
import { parseRunInput } from '../../../../../core/run/run-input.ts';
import { withEarlierCodes, withKeptCode } from '../../../../../core/run/versions/kept-code.ts';
import { type File, load } from '../../../../support/transformations.ts';

function deployed(sequence: number, code: string, file: File & { prepare?: () => unknown } = { adds: ['x'] }): Deployed {
  const path = `Users/v${sequence}_${code}.ts`;
  const transformation = load({ ...file, sequence } as File, path);
  return { file: path, checksum: `2:${code}`, bundleChecksum: `bundle:${code}`, packages: [], transformation };
}

function version(sequence: number, status: Version['status'], ...codes: string[]): Version {
  const [last = 'none'] = codes.slice(-1);
  const of = { table: 'Users', sequence, status, checksum: `2:${last}`, file: `Users/v${sequence}_${codes[0]}.ts` };
  return { ...of, codes: codes.map(codeNamed), run: 'r0', at: '2030-01-01T00:00:00.000Z' };
}

function codeNamed(name: string): VersionCode {
  return { checksum: `2:${name}`, bundleChecksum: `bundle:${name}` };
}

/** What deploys kept; each code as a file would export it. */
function keeping(exported: Record<string, File & { prepare?: () => unknown }> = {}) {
  const asked: string[] = [];
  const loadKept = async (_: string, sequence: number, { checksum }: VersionCode): Promise<Deployed> => {
    const name = checksum.slice(2);
    asked.push(`v${sequence} ${name}`);
    return { ...deployed(sequence, name, exported[name]), kept: true };
  };
  return { loadKept, asked };
}

async function steps(input: object, files: Deployed[], versions: Version[], exported: Parameters<typeof keeping>[0] = {}) {
  const parsed = parseRunInput({ table: 'Users', ...input });
  const { loadKept, asked } = keeping(exported);
  const planned = await withKeptCode(parsed, files, versions, { loadKept });
  const taken = await withEarlierCodes(parsed, planRun(parsed, planned, versions), planned, versions, { loadKept });
  return { taken, asked };
}

async function refusal(...args: Parameters<typeof steps>): Promise<RunError> {
  const error: unknown = await steps(...args).then(
    () => new Error('It was not refused.'),
    (reason) => reason,
  );
  if (error instanceof RunError) return error;
  throw error;
}

describe('a run that is asked for kept code', () => {
  it('takes down the versions that any run would, each with the code that last took it, whatever is deployed', async () => {
    const versions = [
      version(1, 'applied', 'a'),
      version(2, 'applied', 'b', 'c'),
      version(3, 'applying', 'd'),
      version(4, 'rolledBack', 'e'),
    ];
    const { taken, asked } = await steps({ direction: 'down', to: 1, keptCode: true }, [deployed(1, 'a'), deployed(3, 'other')], versions);
    expect(asked).toEqual(['v3 d', 'v2 c']);
    expect(taken).toMatchObject([
      { sequence: 3, checksum: '2:d', kept: true },
      { sequence: 2, checksum: '2:c', kept: true },
    ]);
  });

  it('finishes upwards what is half-way, and nothing else', async () => {
    const versions = [version(1, 'applied', 'a'), version(2, 'applying', 'b')];
    const files = [deployed(1, 'a'), deployed(2, 'other'), deployed(3, 'pending')];
    expect((await steps({ keptCode: true }, files, versions)).taken).toMatchObject([{ sequence: 2, checksum: '2:b', kept: true }]);
    expect(await refusal({ keptCode: true }, [deployed(1, 'a')], [version(1, 'applied', 'a')])).toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('No version of Users is half-way'),
    });
  });

  it('is refused because of another version whose file changed, and together with what contradicts it', async () => {
    const versions = [version(1, 'applied', 'a'), version(2, 'applying', 'b')];
    const changed = { ...deployed(1, 'changed'), file: 'Users/v1_a.ts' };
    expect((await refusal({ direction: 'down', keptCode: true }, [changed], versions)).name).toBe('ChecksumMismatch');
    for (const input of [{ again: 2 }, { to: 2 }, { prepareOnly: true }])
      expect((await refusal({ keptCode: true, ...input }, [deployed(1, 'a')], versions)).message).toContain('"keptCode"');
  });

  it('takes a version that does more than add and has no transformDown for irreversible, as its code says so', async () => {
    const error = await refusal({ direction: 'down', keptCode: true }, [], [version(1, 'applied', 'a')], { a: { removes: ['x'] } });
    expect(error.name).toBe('Irreversible');
  });
});

describe('a run that rewrites', () => {
  const again = { again: 2, rewrite: true };
  const present = deployed(2, 'b');

  it('names the codes that took the version before, but not the one that is deployed', async () => {
    const { taken } = await steps(again, [present], [version(2, 'applied', 'a', 'c', 'b')]);
    expect(taken).toMatchObject([{ sequence: 2, checksum: '2:b', rewrites: [codeNamed('a'), codeNamed('c')] }]);
  });

  it('knows the code before a repair also from a record of dynamodt 0.1.0', async () => {
    const { codes: _, ...older } = version(2, 'applied', 'b');
    const repaired = { by: 'user:ann', at: '2030-01-01T00:00:00.000Z', from: '2:a' };
    expect((await steps(again, [present], [{ ...older, repaired }])).asked).toEqual(['v2 a']);
    expect((await refusal(again, [present], [older])).message).toContain('no other code');
  });

  it('is refused where what was given before cannot be recognised, and without `again`', async () => {
    for (const [exported, now] of [
      [{ removes: ['y'] }, {}],
      [{ adds: ['x'] }, { deletes: true }],
      [{ inserts: true }, {}],
    ])
      expect(
        (await refusal(again, [deployed(2, 'b', now)], [version(2, 'applied', 'a', 'b')], exported ? { a: exported } : {})).message,
      ).toContain('"rewrite" cannot be used for Users v2');
    const prepared = await refusal(again, [present], [version(2, 'applied', 'a', 'b')], { a: { adds: ['x'], prepare: () => 1 } });
    expect(prepared.name).toBe('PreparationMissing');
    expect((await refusal({ rewrite: true }, [present], [])).message).toContain('--again 3 --rewrite');
  });

  it('may overwrite, too', async () => {
    const { taken } = await steps(again, [deployed(2, 'b', { adds: ['x'], overwrites: ['o'] })], [version(2, 'applied', 'a', 'b')]);
    expect(taken[0]?.rewrites).toEqual([codeNamed('a')]);
  });
});
