import * as z from 'zod';
import { isTransient } from '../table/statement-error.ts';
import { type Action, type Caller, requestOf } from './service-request.ts';

/** Where the value of a secret is: in Secrets Manager, with `field` as a field of its JSON, or in the Parameter Store of Systems Manager. */
export const SecretSource = z.union([
  z.strictObject({ secret: z.string(), field: z.string().optional() }),
  z.strictObject({ parameter: z.string() }),
]);
export type SecretSource = z.infer<typeof SecretSource>;

const contentType = 'application/x-amz-json-1.1';
/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
const getSecretValue: Action = { service: 'Secrets Manager', host: 'secretsmanager', contentType, target: 'secretsmanager.GetSecretValue' };
/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html */
const getParameter: Action = { service: 'Systems Manager', host: 'ssm', contentType, target: 'AmazonSSM.GetParameter' };

const SecretAnswer = z.object({ SecretString: z.string().optional() });
const ParameterAnswer = z.object({ Parameter: z.object({ Value: z.string() }) });

/** Why a secret has no value that could be used. The message never quotes the value. */
export class NoSecretValue extends Error {
  override readonly name = 'NoSecretValue';
}

/**
 * Reads the value of a secret.
 *
 * @throws NoSecretValue: when there is no such secret, it may not be read, or it is not text, or has no such field
 * @throws Error: with the name of the service's error, if the service is at fault, throttles, or does not answer
 */
export async function readSecret(source: SecretSource, callerOf: (host: string) => Caller): Promise<string> {
  if ('parameter' in source) {
    const answer = await asked(getParameter, { Name: source.parameter, WithDecryption: true }, callerOf);
    return ParameterAnswer.parse(answer).Parameter.Value;
  }
  const { SecretString } = SecretAnswer.parse(await asked(getSecretValue, { SecretId: source.secret }, callerOf));
  if (SecretString === undefined) throw new NoSecretValue('it is binary, and a variable holds text');
  return source.field === undefined ? SecretString : fieldOf(SecretString, source.field);
}

async function asked(action: Action, body: object, callerOf: (host: string) => Caller): Promise<unknown> {
  try {
    return await requestOf(action, body, callerOf(action.host));
  } catch (error) {
    if (!(error instanceof Error) || isTransient(error.name) || throttling.test(error.name)) throw error;
    throw new NoSecretValue(`${action.service} answers ${error.name}`, { cause: error });
  }
}

const throttling = /^(Throttl|TooManyRequests|InternalService|InternalServer)/;

function fieldOf(text: string, field: string): string {
  const fields = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).safeParse(jsonIn(text));
  if (!fields.success) throw new NoSecretValue('it is not a JSON object of texts and numbers');
  const value = Object.hasOwn(fields.data, field) ? fields.data[field] : undefined;
  if (value === undefined) throw new NoSecretValue(`its JSON has no field "${field}"`);
  return String(value);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
