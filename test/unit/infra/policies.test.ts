import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionsOf } from '../../../infra/deployed-functions.ts';
import { fullStack, importedKeyArn, plainStack } from '../../support/stacks.ts';
import { newApp } from '../../support/synthesise.ts';
import { account, ResolvedTemplate, region, type Statement } from '../../support/template.ts';
import { explainedWildcards } from './explained-wildcards.ts';

interface Violation {
  ruleName: string;
  violatingConstructs: { constructPath: string }[];
}

let close: () => Promise<void>;
let plain: ResolvedTemplate;
let full: ResolvedTemplate;
let violations: Violation[];

beforeAll(async () => {
  const created = await newApp();
  close = created.close;
  Validations.of(created.app).addPlugins(new AwsSolutionsChecks(created.app));
  plainStack(created.app);
  fullStack(created.app);
  // Findings of the rules end the synthesis by an error; which they are stands in the report.
  expect(() => created.app.synth()).toThrow('AwsSolutions');
  const report = JSON.parse(readFileSync(join(created.app.outdir, 'validation-report.json'), 'utf8'));
  expect(report.pluginReports.map(({ pluginName }: { pluginName: string }) => pluginName)).toEqual(['AwsSolutions']);
  violations = report.pluginReports.flatMap((plugin: { violations: Violation[] }) => plugin.violations);
  plain = new ResolvedTemplate(created.app.outdir, 'Plain');
  full = new ResolvedTemplate(created.app.outdir, 'Full');
});
afterAll(() => close?.());

function list(value: string | string[]): string[] {
  return Array.isArray(value) ? value : [value];
}

function functionStatements(template: ResolvedTemplate, prefix: string, name: string): Statement[] {
  return template.statementsOf(template.one('AWS::Lambda::Function', { FunctionName: `${prefix}-${name}` }).Properties.Role);
}

describe('AwsSolutions of cdk-nag', () => {
  /** Findings that stay, and why. */
  const explained: [RegExp, string][] = [
    [/^AwsSolutions-IAM5\[/, 'Wildcards are explained one by one below, where actions and resources are seen together.'],
    [
      /^AwsSolutions-S1$/,
      'Access to preparations shows in CloudTrail as uses of the key; another bucket for access logs is the team’s choice.',
    ],
    [/^AwsSolutions-SF1$/, 'Errors only and no data: execution histories keep all events for 90 days already.'],
    [/^AwsSolutions-SQS3$/, 'The queue of lost events is a dead-letter queue itself.'],
    [/^AwsSolutions-SF2$/, '`tracing` switches X-Ray on.'],
  ];

  it('finds nothing in the construct that is not explained', () => {
    const ours = violations.filter(({ violatingConstructs }) =>
      violatingConstructs.some(({ constructPath }) =>
        /^\w+\/(Dynamodt|Pipeline|Observer|Planner|Preparer|Repairer|Auditor)\//.test(constructPath),
      ),
    );
    expect(ours.length).toBeGreaterThan(3);
    expect(ours.filter(({ ruleName }) => !explained.some(([pattern]) => pattern.test(ruleName))).map(({ ruleName }) => ruleName)).toEqual(
      [],
    );
    for (const [pattern] of explained)
      expect(
        ours.filter(({ ruleName }) => pattern.test(ruleName)),
        String(pattern),
      ).not.toEqual([]);
  });
});

describe('policies', () => {
  it('have no wildcard that is not explained, and no explanation that nothing needs', () => {
    const needed = new Set<object>();
    const unexplained: string[] = [];
    for (const template of [plain, full])
      for (const [role] of template.all('AWS::IAM::Role'))
        for (const { Effect, Action, Resource } of template.statementsOf(role)) {
          if (Effect === 'Deny') continue;
          for (const resource of list(Resource))
            for (const action of list(Action)) {
              if (!`${resource}${action}`.includes('*')) continue;
              const entry = explainedWildcards.find(({ resource: on, actions }) => on.test(resource) && actions.test(action));
              if (entry) needed.add(entry);
              else unexplained.push(`${role}: ${action} on ${resource}`);
            }
        }
    expect(unexplained).toEqual([]);
    expect(explainedWildcards.filter((entry) => !needed.has(entry))).toEqual([]);
  });

  it('grant no managed policies, which would grant more', () => {
    for (const template of [plain, full])
      for (const [role, { Properties }] of template.all('AWS::IAM::Role'))
        if (!role.startsWith('AWSCDKTrigger') && !/CustomResourceProvider/.test(role))
          expect(Properties.ManagedPolicyArns, role).toBeUndefined();
  });

  it('let a key be used only by the service it is used through, or with the context of a preparation, a journal or a secret parameter', () => {
    const uses = [plain, full].flatMap((template) =>
      template
        .all('AWS::IAM::Role')
        .flatMap(([role]) => template.statementsOf(role))
        .filter(({ Action }) => list(Action).some((action) => action.startsWith('kms:'))),
    );
    expect(uses.length).toBeGreaterThan(20);
    for (const { Condition } of uses) {
      const via = Condition?.['StringEquals']?.['kms:ViaService'];
      const table = Condition?.['StringEquals']?.['kms:EncryptionContext:dynamodt:table'];
      const sequence = Condition?.['Null']?.['kms:EncryptionContext:dynamodt:sequence'];
      if (via) for (const each of list(via)) expect([`dynamodb.${region}.amazonaws.com`, `s3.${region}.amazonaws.com`]).toContain(each);
      else if (Condition?.['Null']?.['kms:EncryptionContext:dynamodt:parameter'] !== undefined)
        expect(Condition['Null']).toEqual({
          'kms:EncryptionContext:dynamodt:table': 'false',
          'kms:EncryptionContext:dynamodt:sequence': 'false',
          'kms:EncryptionContext:dynamodt:parameter': 'false',
        });
      else if (Condition?.['Null']?.['kms:EncryptionContext:dynamodt:run'] !== undefined)
        expect(Condition['Null']).toEqual(
          Object.fromEntries(
            ['table', 'sequence', 'run', 'pass', 'segment', 'attempt'].map((name) => [`kms:EncryptionContext:dynamodt:${name}`, 'false']),
          ),
        );
      else expect([table, sequence]).toEqual([expect.arrayContaining(['Users', 'Orders', 'Cities']), 'false']);
    }
  });

  it('reach the customer keys of tables, wherever they come from', () => {
    const keysOf = (name: string) =>
      functionStatements(full, 'second', name)
        .filter(({ Action }) => list(Action).includes('kms:Decrypt'))
        .flatMap(({ Resource }) => list(Resource));
    for (const name of ['start-run', 'transform-segment']) {
      expect(keysOf(name)).toContain(importedKeyArn);
      expect(keysOf(name)).toContainEqual(expect.stringMatching(/^imported-UsersKey/));
    }
    expect(keysOf('settle-pass')).not.toContain(importedKeyArn);
  });

  it('let only functions that call transformations assume the role that reads, and let that do nothing else', () => {
    const [readerId, reader] = plain.all('AWS::IAM::Role').find(([id]) => id.includes('Reader')) ?? [];
    if (!readerId || !reader) throw new Error('there is no reader');
    const deployed = functionsOf([]);
    const looksUp = deployed.flatMap(([name, { may }]) => (may.includes('lookUp') ? [name] : []));
    const roleOf = (name: string) => plain.one('AWS::Lambda::Function', { FunctionName: `dynamodt-${name}` }).Properties.Role;
    const trusted = reader.Properties.AssumeRolePolicyDocument.Statement.flatMap(({ Principal }: { Principal: { AWS: string } }) =>
      list(Principal.AWS),
    );
    expect(trusted.sort()).toEqual(looksUp.map(roleOf).sort());
    const assumers = deployed
      .map(([name]) => name)
      .filter((name) => functionStatements(plain, 'dynamodt', name).some(({ Action }) => list(Action).includes('sts:AssumeRole')));
    expect(assumers.sort()).toEqual(looksUp.sort());
    const actions = plain.statementsOf(readerId).flatMap(({ Action }) => list(Action));
    expect(actions.sort()).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:DescribeTable',
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:Scan',
    ]);
  });

  it('let no person write the tables, and only those who plan or prepare read them', () => {
    const actionsOn = (role: string, resource: RegExp) =>
      full
        .statementsOf(full.all('AWS::IAM::Role').find(([id]) => id.startsWith(role))?.[0] ?? '')
        .filter(({ Resource }) => list(Resource).some((each) => resource.test(each)))
        .flatMap(({ Action }) => list(Action));
    for (const role of ['Pipeline', 'Observer', 'Planner', 'Preparer', 'Repairer', 'Auditor'])
      expect(
        actionsOn(role, /table\/prod-orders$/).filter((action) => /Put|Update|Delete|PartiQL|BatchWrite/.test(action)),
        role,
      ).toEqual([]);
    for (const role of ['Pipeline', 'Observer']) expect(actionsOn(role, /table\/prod-orders$/)).toEqual(['dynamodb:DescribeTable']);
    expect(
      actionsOn('Observer', /stateMachine:|execution:|mapRun:/).filter((action) => !/^states:(Describe|List|Get)/.test(action)),
    ).toEqual([]);
    for (const role of ['Pipeline', 'Observer']) {
      expect(actionsOn(role, /mapRun:second-transform-table\/TransformSegments:\*$/).sort()).toEqual([
        'states:DescribeMapRun',
        'states:ListExecutions',
      ]);
      expect(actionsOn(role, /execution:second-transform-table\/TransformSegments:\*$/)).toContain('states:GetExecutionHistory');
      expect(actionsOn(role, /log-group:\/aws\/lambda\/second-transform-segment:\*$/)).toContain('logs:FilterLogEvents');
    }
    expect(actionsOn('Planner', /table\/prod-orders$/)).toContain('dynamodb:Scan');
    expect(actionsOn('Planner', /table\/second-ledger$/).sort()).toEqual(['dynamodb:GetItem', 'dynamodb:Query']);
    expect(actionsOn('Preparer', /-preparations-\d+-us-east-1\/preparations\/\*$/)).toContain('s3:PutObject');
    expect(actionsOn('Auditor', /table\/prod-orders$/)).toEqual([]);
    for (const role of ['Pipeline', 'Observer', 'Planner', 'Preparer', 'Repairer', 'Auditor'])
      expect(actionsOn(role, /-preparations-\d+-us-east-1\/journal\/\*$/), role).toEqual(role === 'Auditor' ? ['s3:GetObject'] : []);
  });

  it('let the state machines call exactly the functions they name, and follow their own executions', () => {
    const statements = (name: string): Statement[] =>
      plain.statementsOf(plain.all('AWS::IAM::Role').find(([id]) => id.includes(`${name}Role`))?.[0] ?? '');
    const on = (name: string, action: string) =>
      statements(name)
        .filter(({ Action }) => list(Action).includes(action))
        .flatMap(({ Resource }) => list(Resource));
    const withVersions = (name: string): string[] => {
      const arn = `arn:aws:lambda:${region}:${account}:function:dynamodt-${name}`;
      return [arn, `${arn}:*`];
    };
    expect(on('TransformTable', 'lambda:InvokeFunction').sort()).toEqual(
      ['prepare', 'settle-pass', 'start-run', 'transform-segment', 'wait-for-resume'].flatMap(withVersions),
    );
    expect(on('TransformAll', 'lambda:InvokeFunction').sort()).toEqual(
      ['find-pending', 'follow-run', 'settle-tables'].flatMap(withVersions),
    );
    const machine = (name: string) => `arn:aws:states:${region}:${account}:stateMachine:dynamodt-${name}`;
    expect(on('TransformTable', 'states:StartExecution')).toEqual([machine('transform-table')]);
    expect(on('TransformAll', 'states:StartExecution')).toEqual([machine('transform-table'), machine('transform-all')]);
    expect(on('TransformTable', 'states:RedriveExecution')).toEqual([
      `arn:aws:states:${region}:${account}:execution:dynamodt-transform-table:*`,
      `arn:aws:states:${region}:${account}:execution:dynamodt-transform-table/TransformSegments:*`,
    ]);
    for (const name of ['TransformTable', 'TransformAll'])
      expect(on(name, 'events:PutRule')).toEqual([
        `arn:aws:events:${region}:${account}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`,
      ]);
  });
});
