import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LedgerControlMarks } from '../../../aws/ledger/control-marks.ts';
import { deployedFunctions } from '../../../infra/deployed-functions.ts';
import { isAllowed } from '../../engine/permissions/is-allowed.ts';
import { fullStack } from '../../support/stacks.ts';
import { newApp } from '../../support/synthesise.ts';
import { account, ResolvedTemplate, region, type Statement } from '../../support/template.ts';

/** docs/threat-model.md says who may write which records of the ledger: the policies must say the same, cell by cell. */

const page = readFileSync(new URL('../../../docs/threat-model.md', import.meta.url), 'utf8');
const grants: Record<string, string> = {
  grantOperate: 'Pipeline',
  grantObserve: 'Observer',
  grantPlan: 'Planner',
  grantPrepare: 'Preparer',
  grantRepair: 'Repairer',
  grantChanges: 'Auditor',
};
const actionOf: Record<string, string> = { put: 'PutItem', update: 'UpdateItem', delete: 'DeleteItem', batch: 'BatchWriteItem' };
const writes = [...Object.values(actionOf), 'PartiQLInsert', 'PartiQLUpdate', 'PartiQLDelete'];
const ledger = `arn:aws:dynamodb:${region}:${account}:table/second-ledger`;

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function namesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

const [head = '', , ...body] = page.split('## Who may write the ledger')[1]?.match(/^\|.*$/gm) ?? [];
const keys = cellsOf(head).slice(1).flatMap(namesIn);
const limited = new Map([...page.matchAll(/^- `(\w+)`: (.*)$/gm)].map(([, name = '', list = '']) => [name, namesIn(list)]));
const rows = body.map((line) => {
  const [who = '', ...cells] = cellsOf(line);
  return { who: namesIn(who)[0] ?? '', may: cells.map((cell) => cell.split(', ').filter(Boolean)) };
});

let close: () => Promise<void>;
let template: ResolvedTemplate;
beforeAll(async () => {
  const created = await newApp();
  close = created.close;
  fullStack(created.app);
  created.app.synth();
  template = new ResolvedTemplate(created.app.outdir, 'Full');
}, 120_000);
afterAll(() => close?.());

function statementsOf(who: string): Statement[] {
  const named = (prefix: string) => template.all('AWS::IAM::Role').find(([id]) => id.includes(prefix))?.[0] ?? '';
  if (who in deployedFunctions)
    return template.statementsOf(template.one('AWS::Lambda::Function', { FunctionName: `second-${who}` }).Properties.Role);
  return template.statementsOf(named(grants[who] ?? who));
}

/** The simulation takes the stand-in for a table of another stack, which is no ARN, for anything. */
function mayMeanLedger(resources: string | string[]): boolean {
  return [resources].flat().some((resource) => resource === ledger || resource.includes('*'));
}

/** The attributes that a request may mention besides its key: undefined for any. */
function attributesFor(action: string, may: readonly string[]): string[] | 'none' | 'any' {
  if (may.some((word) => actionOf[word] === action)) return 'any';
  const lists = may.map((word) => limited.get(word)).filter((list) => list !== undefined);
  return action === 'UpdateItem' && lists.length > 0 ? lists.flat() : 'none';
}

describe('the page of who may write the ledger', () => {
  it('names every function, the reader and every grant, and no others', () => {
    expect(rows.map(({ who }) => who).sort()).toEqual([...Object.keys(deployedFunctions), 'Reader', ...Object.keys(grants)].sort());
    expect(keys).toHaveLength(11);
    for (const { may } of rows) for (const word of may.flat()) expect(word in actionOf || limited.has(word), word).toBe(true);
  });

  it.each(rows)('is what the policies of $who say', async ({ who, may }) => {
    const all = statementsOf(who);
    const differs: string[] = [];
    for (const action of writes) {
      const statements = all.filter(({ Action, Resource }) => [Action].flat().includes(`dynamodb:${action}`) && mayMeanLedger(Resource));
      const ask = (context: Record<string, string[]>) =>
        statements.length > 0 && isAllowed(statements, { action: `dynamodb:${action}`, resource: ledger, context });
      for (const [index, pattern] of keys.entries()) {
        const expected = attributesFor(action, may[index] ?? []);
        const key = pattern.replace('…', 'x');
        const tried = [...new Set([...limited.values()].flat()), 'anything'];
        for (const attribute of tried) {
          const context = { 'dynamodb:LeadingKeys': [key], 'dynamodb:Attributes': ['pk', 'sk', attribute] };
          const should = expected === 'any' || (expected !== 'none' && expected.includes(attribute));
          if ((await ask(context)) !== should) differs.push(`${action} of ${attribute} at ${key}: ${should ? 'refused' : 'allowed'}`);
          if (expected === 'none') break;
        }
        // A request whose keys IAM does not know, or that names another record beside this one.
        if (await ask({ 'dynamodb:Attributes': ['pk', 'sk'] })) differs.push(`${action} of unknown keys: allowed`);
        if (await ask({ 'dynamodb:LeadingKeys': [key, 'x'], 'dynamodb:Attributes': ['pk', 'sk'] }))
          differs.push(`${action} of other keys: allowed`);
        if (expected !== 'any' && (await ask({ 'dynamodb:LeadingKeys': [key] }))) differs.push(`${action} of unknown attributes: allowed`);
      }
    }
    expect(differs).toEqual([]);
  });

  it('lets whoever may operate runs make every mark that the command makes', async () => {
    const named: string[][] = [];
    const client = new DynamoDBClient({ region, credentials: { accessKeyId: 'a', secretAccessKey: 's' } });
    client.middlewareStack.add(
      () => async (args) => {
        const { ExpressionAttributeNames } = args.input as { ExpressionAttributeNames?: Record<string, string> };
        if (ExpressionAttributeNames) named.push(['pk', 'sk', ...Object.values(ExpressionAttributeNames)]);
        const Item = { fence: { N: '1' }, markNumber: { N: '1' } };
        return { output: { $metadata: {}, ...(ExpressionAttributeNames ? {} : { Item }) }, response: {} };
      },
      { step: 'initialize' },
    );
    const marks = new LedgerControlMarks(client, 'second-ledger');
    const by = { by: 'user:ann', since: '2030-01-01T00:00:00.000Z' };
    await marks.setPause('r1', undefined, by, by);
    await marks.setPause('r1', by, undefined, by, { pauseAfter: { items: 100, since: by.since } });
    await marks.stop('r1', { ...by, redriveCount: 0 });
    await marks.throttle('r1', { writeUnits: 5, readUnits: 'unlimited' }, by);
    await marks.removeToken('r1', 'token');

    expect(named).toHaveLength(5);
    for (const attributes of named) {
      const context = { 'dynamodb:LeadingKeys': ['run#r1#control'], 'dynamodb:Attributes': attributes };
      const request = { action: 'dynamodb:UpdateItem', resource: ledger, context };
      expect(await isAllowed(statementsOf('grantOperate'), request), attributes.join(', ')).toBe(true);
    }
  });
});
