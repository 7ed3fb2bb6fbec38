import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WrittenFolder } from '../../../../cli/deploy/written-folder.ts';
import { FakeDeployer, folderOf, functionOf, role, smallFolder, versionOf } from '../../../support/fake-aws/deploy-against-fake.ts';
import { type FakeAws, startFakeAws } from '../../../support/fake-aws/fake-aws.ts';
import { FakeRefusal } from '../../../support/fake-aws/fake-refusal.ts';
import { fakeAccount, fakeRegion, keyArn } from '../../../support/fake-aws/fake-stacks.ts';

// Requests over HTTP and pauses between them, on a machine that may have other work.
vi.setConfig({ testTimeout: 30_000 });

let aws: FakeAws;
let deployer: FakeDeployer;

beforeEach(async () => {
  aws = await startFakeAws();
  vi.stubEnv('AWS_ENDPOINT_URL', aws.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'fake');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'fake');
  deployer = new FakeDeployer(aws);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await aws.close();
});

/** The same service after a change of a transformation: other code, and another table for a role. */
function changed(): WrittenFolder {
  const [before = ''] = Object.keys(versionOf('1'));
  return smallFolder(({ [before]: _, ...resources }) => ({
    ...resources,
    DynamodtFunctionsStartRunRoleCC8822D4: role('orders'),
    DynamodtFunctionsStartRunD5D0EDF5: functionOf('start-run', '2'),
    ...versionOf('2'),
  }));
}
function onlyCode(): WrittenFolder {
  return smallFolder((resources) => ({ ...resources, DynamodtFunctionsStartRunD5D0EDF5: functionOf('start-run', '2') }));
}

function propertiesOf(resource: object | undefined): object {
  return resource && 'Properties' in resource && typeof resource.Properties === 'object' ? (resource.Properties ?? {}) : {};
}

function actions(): string[] {
  return aws.requests.map(({ action }) => action);
}

function stack(name = 'dynamodt') {
  return aws.cloudFormation.required(name);
}

describe('a first deploy', () => {
  it('makes the bucket, uploads the files, creates the stack, and gives its outputs', async () => {
    const document = await deployer.deploy(smallFolder());

    expect(document).toMatchObject({
      result: 'deployed',
      account: fakeAccount,
      region: fakeRegion,
      outputs: { DynamodtLedgerNameD78365D2: 'dynamodt-ledger' },
    });
    expect(document.changes.map(({ action }) => action)).toEqual(Array(7).fill('add'));
    const { AssetsBucket = '' } = stack().parameters;
    expect([...(aws.buckets.get(AssetsBucket)?.objects.keys() ?? [])].sort()).toEqual([
      'dynamodt/definition-1.json',
      'dynamodt/start-run-1.zip',
      expect.stringMatching(/^dynamodt\/template-/),
    ]);
    expect(stack('dynamodt-assets').status).toBe('CREATE_COMPLETE');
    expect(deployer.printed).toMatch(/created {3}Lambda::Function FunctionsStartRun\n/);
  });

  it('asks a person first, and changes nothing after a no', async () => {
    deployer.answer = false;

    expect(await deployer.deploy(smallFolder())).toMatchObject({ result: 'declined' });
    expect(deployer.questions).toEqual([`Deploy to account ${fakeAccount}, ${fakeRegion}?`]);
    expect(aws.cloudFormation.stacks.size).toBe(0);
  });

  it('shows with --diff what it would create, and leaves no trace', async () => {
    expect(await deployer.deploy(smallFolder(), { diff: true })).toMatchObject({ result: 'planned' });
    expect(deployer.printed).toContain('a new stack: 7 to add\n');
    expect(aws.cloudFormation.stacks.size).toBe(0);
    expect(actions()).not.toContain('PutObject');
  });

  it('that is rolled back says why, the cause first, and the next one begins anew', async () => {
    aws.cloudFormation.failing.set('DynamodtFunctionsStartRunD5D0EDF5', 'User: ann is not authorized to perform: lambda:CreateFunction');

    const failed = deployer.deploy(smallFolder());

    await expect(failed).rejects.toMatchObject({
      name: 'DeployFailed',
      message: expect.stringMatching(
        /^The stack dynamodt is ROLLBACK_COMPLETE\. FunctionsStartRun failed: User: ann .* needs the permission lambda:CreateFunction\..* begins anew\.$/,
      ),
    });
    expect(deployer.printed).toContain('Cause: Lambda::Function FunctionsStartRun\n');
    expect(deployer.printed).not.toContain('Then:');

    aws.cloudFormation.failing.clear();
    expect(await deployer.deploy(smallFolder())).toMatchObject({ result: 'deployed' });
    expect(stack().status).toBe('CREATE_COMPLETE');
  });

  it('that was rolled back, and whose stack is protected, is refused before anything is uploaded', async () => {
    aws.cloudFormation.failing.set('DynamodtFunctionsStartRunD5D0EDF5', 'no');
    await expect(deployer.deploy(smallFolder())).rejects.toThrow(/ROLLBACK_COMPLETE/);
    aws.cloudFormation.failing.clear();
    stack().isProtected = true;
    const before = aws.requests.length;

    await expect(deployer.deploy(smallFolder())).rejects.toThrow(/has termination protection, and would have to be deleted/);

    expect(aws.requests.slice(before).map(({ action }) => action)).not.toContain('PutObject');
    expect(stack().status).toBe('ROLLBACK_COMPLETE');
  });

  it('into a bucket that is given makes no other', async () => {
    aws.buckets.set('ours', { owner: fakeAccount, region: fakeRegion, objects: new Map() });

    await deployer.deploy(smallFolder(), { bucket: 'ours' });

    expect(aws.cloudFormation.named('dynamodt-assets')).toBeUndefined();
    expect(stack().parameters).toEqual({ AssetsBucket: 'ours', AssetsPrefix: 'dynamodt/' });
  });

  it.each([
    ['another account', { owner: '999999999999', region: fakeRegion }, /The bucket "ours" is of another account than 123456789012, or/],
    [
      'another region',
      { owner: fakeAccount, region: 'us-east-1' },
      /The bucket "ours" is in us-east-1, and the service is deployed in eu-central-1/,
    ],
  ])('refuses a bucket of %s', async (_, bucket, message) => {
    aws.buckets.set('ours', { ...bucket, objects: new Map() });

    await expect(deployer.deploy(smallFolder(), { bucket: 'ours' })).rejects.toThrow(message);
    expect(aws.cloudFormation.stacks.size).toBe(0);
  });

  it('refuses a bucket that does not exist', async () => {
    await expect(deployer.deploy(smallFolder(), { bucket: 'none' })).rejects.toThrow(/There is no bucket "none"/);
  });

  it('needs a value for each parameter of the template', async () => {
    const folder = smallFolder();
    folder.template.Parameters['UsersTableName'] = {};

    await expect(deployer.deploy(folder)).rejects.toThrow(/UsersTableName has no value\. Give --parameter UsersTableName=…/);
    await expect(deployer.deploy(smallFolder(), { parameters: { Other: 'x' } })).rejects.toThrow(/The template has no parameter Other\./);
  });

  it('refuses a template that CloudFormation cannot take', async () => {
    const folder = smallFolder();
    folder.templateFile.bytes = 1_000_001;

    await expect(deployer.deploy(folder)).rejects.toMatchObject({ name: 'NotDeployable', message: expect.stringContaining('1001 KB') });
    expect(aws.requests).toEqual([]);
  });

  it('names what CloudFormation finds wrong before it begins, and removes the empty stack', async () => {
    await deployer.deploy(smallFolder(), { stack: 'other' });
    await deployer.destroy({ stack: 'other' });
    aws.tables.clear();
    aws.cloudFormation.refusedChangeSet = {
      reason: 'The following validation failed: [AWS::EarlyValidation::ResourceExistenceCheck].',
      problems: ["Resource of type 'AWS::SQS::Queue' with identifier 'dynamodt-lost-events' already exists."],
    };

    await expect(deployer.deploy(smallFolder())).rejects.toThrow(
      /refuses the deploy before it begins: Ledger: Resource of type 'AWS::SQS::Queue' .* already exists\. Something of this name exists outside/,
    );
    expect(aws.cloudFormation.named('dynamodt')).toBeUndefined();
  });
});

describe('a later deploy', () => {
  beforeEach(async () => {
    await deployer.deploy(smallFolder());
    aws.requests.length = 0;
    deployer.printed = '';
  });

  it('says that nothing changed, uploads nothing, and leaves no change set', async () => {
    expect(await deployer.deploy(smallFolder())).toMatchObject({ result: 'upToDate', changes: [] });
    expect(actions()).not.toContain('PutObject');
    expect(actions()).not.toContain('ExecuteChangeSet');
    expect(stack().changeSets.size).toBe(0);
  });

  it('shows what changes, with the permissions that are new and gone, within 80 columns', async () => {
    deployer.answer = true;

    const { permissions } = await deployer.deploy(changed());

    const [, summary, more, ...lines] = deployer.printed.split('\n');
    expect([summary, more]).toEqual([
      'dynamodt in eu-central-1, account 123456789012: 2 to change, 1 to add, 1 to keep',
      '  outside of the stack',
    ]);
    expect(lines.slice(0, 9)).toEqual([
      '~ IAM::Role FunctionsStartRunRole  Policies  [permissions]',
      '~ Lambda::Function FunctionsStartRun  Code',
      '+ Lambda::Version FunctionsStartRunCurrentVersion',
      '  Lambda::Version FunctionsStartRunCurrentVersion  kept',
      '',
      'Permissions:',
      '  FunctionsStartRunRole',
      '    - Allow dynamodb:GetItem on arn:aws:dynamodb:eu-central-1:1:table/ledger',
      '    + Allow dynamodb:GetItem on arn:aws:dynamodb:eu-central-1:1:table/orders',
    ]);
    expect(permissions).toHaveLength(1);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(deployer.questions).toEqual(['Deploy this?']);
    expect(stack().status).toBe('UPDATE_COMPLETE');
  });

  it('asks nobody about a change of code', async () => {
    deployer.answer = false;

    expect(await deployer.deploy(onlyCode())).toMatchObject({ result: 'deployed' });
    expect(deployer.questions).toEqual([]);
  });

  it('asks nobody about resources that only have an attribute of what changes', async () => {
    const arn = { 'Fn::GetAtt': ['DynamodtFunctionsStartRunD5D0EDF5', 'Arn'] };
    const withCaller = (code: string) =>
      smallFolder((resources) => ({
        ...resources,
        DynamodtFunctionsStartRunD5D0EDF5: functionOf('start-run', code),
        DynamodtCallerRole1A2B3C4D: role(arn),
        DynamodtCallerD4C3B2A1: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: arn } },
      }));
    await deployer.deploy(withCaller('1'));
    deployer.answer = false;
    deployer.printed = '';

    const { changes } = await deployer.deploy(withCaller('2'));

    expect(deployer.questions).toEqual([]);
    expect(deployer.printed).toContain('~ IAM::Role CallerRole  Policies, if what that refers to changes\n');
    expect(deployer.printed).toContain('~ Lambda::Function Caller  FunctionName, if what that refers to changes\n');
    expect(changes.filter(({ isCertain }) => !isCertain)).toMatchObject([
      { action: 'change', isPermission: false },
      { action: 'change', isPermission: false },
    ]);
  });

  it('shows permissions that change because a parameter has another value, and asks', async () => {
    const ofTable = () => {
      const folder = smallFolder((resources) => ({ ...resources, DynamodtFunctionsStartRunRoleCC8822D4: role({ Ref: 'UsersTableName' }) }));
      return folderOf({ ...folder.template, Parameters: { ...folder.template.Parameters, UsersTableName: {} } });
    };
    await deployer.deploy(ofTable(), { parameters: { UsersTableName: 'users' } });
    deployer.answer = false;

    expect(await deployer.deploy(ofTable(), { parameters: { UsersTableName: 'prod-users' } })).toMatchObject({
      result: 'declined',
      permissions: [
        {
          added: ['Allow dynamodb:GetItem on arn:aws:dynamodb:eu-central-1:1:table/prod-users'],
          removed: ['Allow dynamodb:GetItem on arn:aws:dynamodb:eu-central-1:1:table/users'],
        },
      ],
    });
    expect(deployer.questions).toEqual(['Deploy this?']);
  });

  it('shows a managed policy that a role gets, and asks', async () => {
    deployer.answer = false;
    const folder = smallFolder((resources) => ({
      ...resources,
      DynamodtFunctionsStartRunRoleCC8822D4: {
        Type: 'AWS::IAM::Role',
        Properties: { ...propertiesOf(role('ledger')), ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
      },
    }));

    expect(await deployer.deploy(folder)).toMatchObject({
      result: 'declined',
      permissions: [{ added: ['Managed policy arn:aws:iam::aws:policy/AdministratorAccess'], removed: [] }],
    });
  });

  it('asks before it replaces or deletes something, and after a no removes the change set', async () => {
    deployer.answer = false;
    const renamed = smallFolder(({ DynamodtPublishCatalogF113FCAA: _, ...resources }) => ({
      ...resources,
      DynamodtFunctionsStartRunD5D0EDF5: functionOf('begin-run', '1'),
    }));

    expect(await deployer.deploy(renamed)).toMatchObject({ result: 'declined' });
    expect(deployer.questions).toEqual(['Deploy this?']);
    expect(deployer.printed).toContain('- Custom::DynamodtCatalog PublishCatalog  is deleted\n');
    expect(deployer.printed).toContain('! Lambda::Function FunctionsStartRun  is replaced because of FunctionName\n');
    expect(stack().changeSets.size).toBe(0);
  });

  it('shows with --diff the change set, and deletes it', async () => {
    expect(await deployer.deploy(onlyCode(), { diff: true })).toMatchObject({ result: 'planned', changes: [{ action: 'change' }] });
    expect(actions()).not.toContain('ExecuteChangeSet');
    expect(stack().changeSets.size).toBe(0);
    // The template only, since CloudFormation compares nothing else.
    expect(actions().filter((action) => action === 'PutObject')).toHaveLength(1);
  });

  it('that fails says that the service is as before', async () => {
    aws.cloudFormation.failing.set('DynamodtFunctionsStartRunD5D0EDF5', 'Runtime nodejs24.x is not supported');

    await expect(deployer.deploy(onlyCode())).rejects.toMatchObject({
      name: 'DeployFailed',
      message:
        'The stack dynamodt is UPDATE_ROLLBACK_COMPLETE. FunctionsStartRun failed: Runtime nodejs24.x is not supported. The service is as it was before this deploy. Mend the cause, and deploy again.',
    });
  });

  it('keeps bucket and prefix of the deploy before, and values of parameters', async () => {
    const { parameters } = stack();

    await deployer.deploy(onlyCode());

    expect(stack().parameters).toEqual(parameters);
    expect(stack().parameters['AssetsPrefix']).toBe('dynamodt/');
  });

  it('replaces a file in the bucket that is not what its name says, and warns', async () => {
    const bucket = aws.buckets.get(stack().parameters['AssetsBucket'] ?? '');
    bucket?.objects.set('dynamodt/start-run-1.zip', { body: Buffer.from('other code'), checksum: 'b3RoZXI=' });

    await deployer.deploy(smallFolder());

    expect(bucket?.objects.get('dynamodt/start-run-1.zip')?.body.toString()).toBe('code of start-run');
    expect(deployer.printed).toMatch(/had another file under\s+dynamodt\/start-run-1\.zip/);
  });

  it('waits for the end of another deploy', async () => {
    stack().status = 'UPDATE_IN_PROGRESS';
    let asked = 0;
    aws.fault = ({ action }) => {
      if (action === 'DescribeStacks' && ++asked === 3) stack().status = 'UPDATE_COMPLETE';
      return undefined;
    };

    expect(await deployer.deploy(onlyCode())).toMatchObject({ result: 'deployed' });
    expect(deployer.printed).toContain('The stack dynamodt is UPDATE_IN_PROGRESS: waiting until that has ended.');
  });

  it('does nothing if somebody else changed the stack after it was compared', async () => {
    aws.fault = ({ action }) => {
      for (const set of stack().changeSets.values()) set.isObsolete = action === 'ExecuteChangeSet';
      return undefined;
    };

    await expect(deployer.deploy(onlyCode())).rejects.toMatchObject({
      name: 'StackBusy',
      message: expect.stringMatching(/^Somebody else changes the stack dynamodt.* This deploy changes nothing more\. Run it again/),
    });
    expect(stack().status).toBe('CREATE_COMPLETE');
    expect(stack().changeSets.size).toBe(0);
  });

  it('reads a long list of events in pages, and a change set of many resources', async () => {
    aws.cloudFormation.eventsOfPage = 7;
    aws.cloudFormation.stepsForPoll = 60;
    const many = Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`DynamodtMore${index}A`, { Type: 'AWS::SQS::Queue' }]));

    const { changes } = await deployer.deploy(smallFolder((resources) => ({ ...resources, ...many })));

    expect(changes).toHaveLength(120);
    expect(deployer.printed).toContain('\n+ 120 SQS::Queue\n');
    expect(deployer.printed.match(/created {3}SQS::Queue/g)).toHaveLength(120);
  });

  it('tries again if CloudFormation throttles, and follows over lost answers', async () => {
    let count = 0;
    aws.fault = ({ action }) =>
      !/Object|Bucket/.test(action) && ++count % 3 === 0 ? new FakeRefusal('Throttling', 'Rate exceeded') : undefined;

    expect(await deployer.deploy(onlyCode())).toMatchObject({ result: 'deployed' });
  });

  it('says what goes on in AWS if the credentials expire meanwhile', async () => {
    aws.cloudFormation.stepsForPoll = 1;
    aws.fault = ({ action }) =>
      action === 'DescribeStackEvents' && stack().status === 'UPDATE_IN_PROGRESS'
        ? new FakeRefusal('ExpiredToken', 'The security token included in the request is expired', 403)
        : undefined;

    await expect(deployer.deploy(onlyCode())).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringMatching(
        /^The AWS credentials have expired .* The deploy of the stack dynamodt goes on in AWS without this command\./,
      ),
    });
  });

  it.each([
    ['throttles', new FakeRefusal('Throttling', 'Rate exceeded')],
    ['fails', new FakeRefusal('InternalFailure', 'An internal error', 500)],
  ])('is followed to its end if CloudFormation %s for minutes', async (_, refusal) => {
    aws.cloudFormation.stepsForPoll = 1;
    Object.assign(deployer, { maxAttempts: 1, speed: 2000 });
    let count = 0;
    aws.fault = ({ action }) =>
      action === 'DescribeStackEvents' && stack().status === 'UPDATE_IN_PROGRESS' && ++count < 100 ? refusal : undefined;

    expect(await deployer.deploy(onlyCode())).toMatchObject({ result: 'deployed' });
    expect(count).toBeGreaterThan(100);
  });

  it.each([
    ['throttles for more than ten minutes', new FakeRefusal('Throttling', 'Rate exceeded'), 150],
    ['gives another answer', new FakeRefusal('ValidationError', 'No.'), 1],
  ])('says what goes on in AWS if CloudFormation %s', async (_, refusal, questions) => {
    Object.assign(deployer, { maxAttempts: 1, speed: 2000 });
    let count = 0;
    aws.fault = ({ action }) => {
      const isFollowing = action === 'DescribeStackEvents' && stack().status === 'UPDATE_IN_PROGRESS';
      if (isFollowing) count += 1;
      return isFollowing ? refusal : undefined;
    };

    await expect(deployer.deploy(onlyCode())).rejects.toMatchObject({
      name: 'EndpointUnreachable',
      message: expect.stringMatching(
        /^CloudFormation gave no events \((Throttling: Rate exceeded|ValidationError: No)\)\. The deploy of the stack dynamodt goes on/,
      ),
    });
    expect(count).toBeGreaterThanOrEqual(questions);
  });

  it('says the same after Ctrl-C', async () => {
    aws.cloudFormation.stepsForPoll = 1;
    aws.fault = ({ action }) => {
      if (action === 'DescribeStackEvents' && stack().status === 'UPDATE_IN_PROGRESS') deployer.interruption.abort();
      return undefined;
    };

    await expect(deployer.deploy(onlyCode())).rejects.toMatchObject({
      name: 'Interrupted',
      message: expect.stringContaining('aws cloudformation cancel-update-stack --stack-name dynamodt --region eu-central-1'),
    });
  });

  it('leaves nothing behind after Ctrl-C before it begins', async () => {
    aws.fault = ({ action }) => {
      if (action === 'DescribeChangeSet') deployer.interruption.abort();
      return undefined;
    };

    await expect(deployer.deploy(onlyCode())).rejects.toMatchObject({
      name: 'Interrupted',
      message: expect.stringMatching(/^Nothing more is changed in AWS; the next/),
    });
    expect(stack().changeSets.size).toBe(0);
  });

  it.each([
    ['UPDATE_ROLLBACK_FAILED', /continue-update-rollback --stack-name dynamodt/],
    ['ROLLBACK_FAILED', /`npx dynamodt deploy --destroy` deletes it and keeps the ledger/],
    ['DELETE_FAILED', /repeat `npx dynamodt deploy --destroy`/],
    ['UPDATE_FAILED', /rollback-stack --stack-name dynamodt/],
  ])('says the way out of %s', async (status, message) => {
    stack().status = status;

    await expect(deployer.deploy(smallFolder())).rejects.toThrow(message);
  });
});

describe('a stack that is not the own one', () => {
  it('is refused', async () => {
    aws.cloudFormation.add('dynamodt', { Resources: { Queue: { Type: 'AWS::SQS::Queue' } } });

    await expect(deployer.deploy(smallFolder())).rejects.toThrow(
      /The stack "dynamodt" exists, and is not one of dynamodt \(it has SQS::Queue Queue\)/,
    );
    await expect(deployer.destroy()).rejects.toThrow(/is not one of dynamodt/);
  });

  it('is refused if it has the service beside other resources, such as that of a CDK app', async () => {
    const { Resources } = smallFolder().template;
    aws.cloudFormation.add('dynamodt', { Resources: { ...Resources, UsersTable9725E9C8: { Type: 'AWS::DynamoDB::Table' } } });

    await expect(deployer.deploy(smallFolder())).rejects.toThrow(
      /also DynamoDB::Table UsersTable, which a deploy or a deletion by this command would delete/,
    );
  });

  it('is refused if it is that of another service', async () => {
    aws.cloudFormation.add('dynamodt', smallFolder().template);

    await expect(deployer.deploy(smallFolder(), { service: 'shop' })).rejects.toThrow(
      /is that of the service "dynamodt", and this call is about "shop"/,
    );
  });

  it('is named if it has the service of this name already', async () => {
    aws.cloudFormation.add('my-app', smallFolder().template);

    await expect(deployer.deploy(smallFolder())).rejects.toThrow(/The service "dynamodt" is deployed by the stack "my-app"/);
  });

  it('is left to whoever prepares it', async () => {
    aws.cloudFormation.createChangeSet({
      stack: 'dynamodt',
      name: 'theirs',
      type: 'CREATE',
      text: JSON.stringify({ Resources: { Queue: { Type: 'AWS::SQS::Queue' } } }),
      parameters: {},
      imports: {},
    });

    await expect(deployer.deploy(smallFolder())).rejects.toThrow(/Somebody prepares the stack "dynamodt" with the change set theirs/);
  });
});

describe('a deletion', () => {
  beforeEach(async () => {
    await deployer.deploy(smallFolder());
    deployer.printed = '';
  });

  it('keeps ledger, bucket and key, and the next deploy takes them in', async () => {
    const keys = [...aws.keys.keys()];

    expect(await deployer.destroy()).toMatchObject({
      result: 'destroyed',
      kept: [
        { type: 'AWS::KMS::Key' },
        { type: 'AWS::S3::Bucket', name: `dynamodt-preparations-${fakeAccount}-${fakeRegion}` },
        { type: 'AWS::DynamoDB::Table', name: 'dynamodt-ledger' },
      ],
    });
    expect(aws.tables.has('dynamodt-ledger')).toBe(true);

    const document = await deployer.deploy(smallFolder());

    expect(document.changes.filter(({ action }) => action === 'import')).toHaveLength(3);
    expect(deployer.printed).toContain('A deleted stack kept the ledger dynamodt-ledger, which this deploy takes in');
    expect(stack().status).toBe('UPDATE_COMPLETE');
    expect([...aws.keys.keys()]).toEqual(keys);
    expect(stack().resources.get('DynamodtLedger3679DCC8')).toMatchObject({ physicalId: 'dynamodt-ledger' });
  });

  it('lets the next deploy set what the configuration says of the kept bucket since', async () => {
    await deployer.destroy();
    const LifecycleConfiguration = { Rules: [{ Status: 'Enabled', ExpirationInDays: 7 }] };

    await deployer.deploy(
      smallFolder(({ DynamodtPreparations5BAD6662: bucket, ...resources }) => ({
        ...resources,
        DynamodtPreparations5BAD6662: { ...bucket, Properties: { ...propertiesOf(bucket), LifecycleConfiguration } },
      })),
    );

    expect(aws.buckets.get(`dynamodt-preparations-${fakeAccount}-${fakeRegion}`)?.properties).toMatchObject({ LifecycleConfiguration });
  });

  it('is followed by a refusal if the configuration names another key than that of the kept ledger', async () => {
    await deployer.destroy();
    const [own = ''] = [...aws.keys.keys()];
    const underKey = (arn: string) =>
      smallFolder(({ DynamodtKey57ED05BD: _, ...resources }) =>
        JSON.parse(JSON.stringify(resources).replaceAll(/\{"Fn::GetAtt":\["DynamodtKey57ED05BD","Arn"\]\}/g, `"${arn}"`)),
      );

    await expect(deployer.deploy(underKey(keyArn('other')))).rejects.toMatchObject({
      name: 'NotDeployable',
      message: `The ledger "dynamodt-ledger" was kept, and is encrypted under ${own}, and the configuration says ${keyArn('other')}. Leave \`encryptionKey\` out if a deploy of dynamodt made that key, or give that ARN, and deploy again.`,
    });
    expect(aws.cloudFormation.named('dynamodt')).toBeUndefined();
    expect(await deployer.deploy(underKey(own))).toMatchObject({ result: 'deployed' });
  });

  it('is followed by a refusal if the kept ledger is encrypted under no key of the account', async () => {
    await deployer.destroy();
    aws.tables.set('dynamodt-ledger', undefined);

    await expect(deployer.deploy(smallFolder())).rejects.toThrow(
      /is encrypted under no key of this account, and the configuration says a key of its own\. Create a key/,
    );
  });

  it('that failed to take the ledger back in can be repeated', async () => {
    await deployer.destroy();
    aws.cloudFormation.failing.set('DynamodtFunctionsStartRunD5D0EDF5', 'no');
    await expect(deployer.deploy(smallFolder())).rejects.toThrow(/UPDATE_ROLLBACK_COMPLETE/);
    aws.cloudFormation.failing.clear();

    expect(await deployer.deploy(smallFolder())).toMatchObject({ result: 'deployed' });
  });

  it.each([
    [
      { description: 'Ledger and preparations of dynamodt', state: 'PendingDeletion' },
      /is PendingDeletion, .*`aws kms cancel-key-deletion/,
    ],
    [{ description: 'A key of the team', state: 'Enabled' }, /which no deploy of dynamodt made\. .*encryptionKey: 'arn:aws:kms/],
  ])('whose key cannot be taken in is explained: %o', async (key, message) => {
    await deployer.destroy();
    aws.keys.set(keyArn('dynamodt-dynamodtkey57ed05bd-1'), key);

    await expect(deployer.deploy(smallFolder())).rejects.toThrow(message);
    expect(aws.cloudFormation.named('dynamodt')).toBeUndefined();
  });

  it('says what it would delete and keep with --diff', async () => {
    expect(await deployer.destroy({ diff: true })).toMatchObject({ result: 'planned', kept: [{}, {}, {}] });
    expect(deployer.printed).toMatch(/4 resources to delete\n {2}kept: KMS::Key /);
    expect(stack().status).toBe('CREATE_COMPLETE');
  });

  it('asks a person first', async () => {
    deployer.answer = false;

    expect(await deployer.destroy()).toMatchObject({ result: 'declined' });
    expect(deployer.questions).toEqual(['Delete the stack dynamodt?']);
    expect(stack().status).toBe('CREATE_COMPLETE');
  });

  it('is refused while a run is under way, or the stack is protected', async () => {
    await expect(deployer.destroy({ tablesInRuns: async () => ['Users'] })).rejects.toThrow(/A run is under way of Users/);
    stack().isProtected = true;
    await expect(deployer.destroy()).rejects.toThrow(/has termination protection/);
    expect(stack().status).toBe('CREATE_COMPLETE');
  });

  it('that fails names the resource', async () => {
    aws.cloudFormation.failing.set('DynamodtFunctionsStartRunRoleCC8822D4', 'Cannot delete entity, must detach all policies first.');

    await expect(deployer.destroy()).rejects.toThrow(/is DELETE_FAILED\. FunctionsStartRunRole failed: Cannot delete entity/);
  });

  it('says after Ctrl-C that it cannot be cancelled, and how to look', async () => {
    aws.cloudFormation.stepsForPoll = 1;
    aws.fault = ({ action }) => {
      if (action === 'DescribeStackEvents' && stack().status === 'DELETE_IN_PROGRESS') deployer.interruption.abort();
      return undefined;
    };

    await expect(deployer.destroy()).rejects.toMatchObject({
      name: 'Interrupted',
      message: expect.stringMatching(
        /^The deletion of .*`npx dynamodt deploy --destroy` waits for its end; `aws .* --stack-name arn:aws:cloudformation:.* It cannot be cancelled\.$/,
      ),
    });
  });

  it('of a stack whose template is YAML says that it does not know what is kept, and then what was', async () => {
    const { text } = stack();
    aws.fault = ({ action }) => {
      if (action === 'GetTemplate') stack().text = 'Resources: {}';
      if (action === 'DeleteStack') stack().text = text;
      return undefined;
    };

    const { kept } = await deployer.destroy();

    expect(kept).toHaveLength(3);
    expect(deployer.printed).toMatch(/it is not known before the deletion if\s+the ledger is kept/);
    expect(deployer.printed).not.toContain('The ledger is deleted, too');
  });

  it('of a stack that somebody else prepares is refused', async () => {
    const text = JSON.stringify({ Resources: { Queue: { Type: 'AWS::SQS::Queue' } } });
    aws.cloudFormation.createChangeSet({ stack: 'theirs', name: 'theirs', type: 'CREATE', text, parameters: {}, imports: {} });

    await expect(deployer.destroy({ stack: 'theirs' })).rejects.toThrow(/Somebody prepares the stack "theirs" with the change set theirs/);
    expect(stack('theirs').status).toBe('REVIEW_IN_PROGRESS');
  });

  it('is refused without --yes if the ledger cannot be read', async () => {
    await expect(deployer.destroy({ tablesInRuns: async () => undefined })).rejects.toThrow(/It is not known if runs are under way/);
    expect(await deployer.destroy({ tablesInRuns: async () => undefined, yes: true })).toMatchObject({ result: 'destroyed' });
  });

  it('of nothing says so', async () => {
    expect(await deployer.destroy({ service: 'none', stack: 'none' })).toMatchObject({ result: 'nothing' });
  });
});
