import { App, Lazy, Stack } from 'aws-cdk-lib';
import { CfnTable, Table, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { refuseProps } from '../../../infra/checks/props.ts';
import { partitionKey } from '../../support/stacks.ts';

const stack = new Stack(new App({ analyticsReporting: false }), 'Stack');
const Users = new TableV2(stack, 'Users', { partitionKey });
const key = new Key(stack, 'Key');
const l1 = new CfnTable(stack, 'Orders', { keySchema: [{ attributeName: 'id', keyType: 'HASH' }] });

describe('properties of the construct', () => {
  it.each<[string, unknown]>([
    ['a table', { tables: { Users } }],
    ['no tables, which has a message of its own', { tables: {} }],
    ['an imported table', { tables: { Users: Table.fromTableName(stack, 'Imported', 'users') } }],
    [
      'details of a table',
      { tables: { Users: { table: Users, encryption: key, acceptLastWriterWins: true, parameters: { 3: { days: 1 } } } } },
    ],
    ['a list of tables to look things up in', { tables: { Users }, lookupTables: [Users, { table: Users, encryption: 'aws' }] }],
    ['an object of such tables', { tables: { Users }, lookupTables: { Prices: Users } }],
    ['properties that are not given', { tables: { Users }, memorySize: undefined, notify: undefined }],
    ['numbers that are known at the deploy', { tables: { Users }, memorySize: Lazy.number({ produce: () => 512 }) }],
    ['names of a class that extends the construct', { tables: { Users }, team: 'shop', env: {} }],
  ])('may be %s', (_, props) => {
    expect(() => refuseProps(props)).not.toThrow();
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing at all', undefined, /the object of properties must be an object, and is missing/],
    ['no tables', {}, /^- tables must be an object, and is missing$/m],
    ['a list of tables', { tables: [Users] }, /^- tables must be an object, and is a list$/m],
    ['a table that is missing', { tables: { Users: undefined } }, /^- tables\.Users must be a table of CDK.*, and is missing$/m],
    ['a table by its name', { tables: { Users: 'users' } }, /^- tables\.Users must be a table of CDK.*, and is a string$/m],
    ['a CfnTable', { tables: { Users: l1 } }, /^- tables\.Users must be a table of CDK, .*not a CfnTable/m],
    ['details without a table', { tables: { Users: { encryption: 'aws' } } }, /^- tables\.Users\.table /m],
    ['a misspelt detail', { tables: { Users: { table: Users, folow: true } } }, /^- tables\.Users\.folow is not known/m],
    ['an encryption by its ARN', { tables: { Users: { table: Users, encryption: 'arn:aws:kms:…' } } }, /'aws' or a KMS key/],
    ['a table to look up by its name', { tables: { Users }, lookupTables: ['prices'] }, /^- lookupTables/m],
    ['a misspelt name', { tables: { Users }, pauseon: [] }, /^- pauseon is not known \(did you mean pauseOn\?\)$/m],
    ['little memory', { tables: { Users }, memorySize: 100 }, /^- memorySize must be a whole number of MB, 128 or more, and is 100$/m],
    ['memory as a text', { tables: { Users }, memorySize: '512' }, /^- memorySize .* and is a string$/m],
    [
      'no days of journals',
      { tables: { Users }, journalRetention: 0 },
      /^- journalRetention must be a whole number of days, 1 or more, and is 0$/m,
    ],
    ['half a day of journals', { tables: { Users }, journalRetention: 1.5 }, /^- journalRetention .*, and is 1\.5$/m],
    ['no control interval', { tables: { Users }, controlInterval: 0 }, /^- controlInterval .*, and is 0$/m],
    ['a kind of notification that does not exist', { tables: { Users }, notifyOf: ['fialed'] }, /^- notifyOf\.0 must be one of failed, /m],
    ['events as a text', { tables: { Users }, events: 'yes' }, /^- events must be true, false or an event bus, and is a string$/m],
    ['a removal policy of another spelling', { tables: { Users }, removalPolicy: 'DESTROY' }, /^- removalPolicy must be a RemovalPolicy/m],
    ['a topic by its ARN', { tables: { Users }, notify: 'arn:aws:sns:…' }, /^- notify must be an object of CDK, and is a string$/m],
    [
      'a number in the environment, whose value is not shown',
      { tables: { Users }, environment: { PIN: 1234 } },
      /PIN .*, and is a number$/m,
    ],
  ])('cannot be %s', (_, props, message) => {
    expect(() => refuseProps(props)).toThrow(message);
  });

  it('are refused with all that is wrong', () => {
    expect(() => refuseProps({ tables: { Users: 'users' }, memorySize: 1, tracing: 'on' })).toThrow(
      /props\)` has properties that cannot be used:\n- tables\.Users .*\n- memorySize .*\n- tracing /,
    );
  });
});
