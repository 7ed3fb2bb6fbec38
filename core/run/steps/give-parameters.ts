import { RunError } from '../../errors.ts';
import { type Given, openGiven, recordedValues, type SecretCipher, sealedIn, shownParameters } from '../../ledger/given.ts';
import type { RunStep } from '../../ledger/run.ts';
import { isInTable, type Version } from '../../ledger/versions/version.ts';
import { versionList } from '../../ledger/versions/version-list.ts';
import { ownValue } from '../../own-value.ts';
import type { StageParameters } from '../../transformation/catalog.ts';
import type { DeclaredParameters, ParameterProblem } from '../../transformation/parameters/declared-parameters.ts';
import { canonicalJson } from '../../values/canonical-json.ts';
import type { Deployed } from '../plan-run.ts';
import type { RunInput } from '../run-input.ts';

/** What parameters come from beside the input and the files. */
export interface GiveParametersPorts {
  /** Values that the deployment gives for this stage, like the input's. */
  stageParameters: StageParameters | undefined;
  secrets: SecretCipher;
}

/** Bytes of the JSON of a version's parameters: they stand in each record of a run. */
export const maxParametersBytes = 4096;

/**
 * The steps of a run with what their functions are given.
 *
 * 1. A version that a run has begun, and one that is taken back, keeps what is recorded with it. Asking for other values is refused, also if its journal takes it back.
 * 2. Otherwise the values of the input, over those of the stage, over the file's defaults, are checked by the file.
 * 3. Secrets are encrypted. What is recorded is what functions get in each attempt, whatever the file says then.
 *
 * @param startedAt of the execution, in milliseconds since 1970
 * @throws RunError InvalidParameters: names the parameter and the reason, and never a value of a secret
 */
export async function withGiven(
  { input, startedAt }: { input: RunInput; startedAt: number },
  steps: readonly RunStep[],
  deployed: readonly Deployed[],
  versions: readonly Version[],
  ports: GiveParametersPorts,
): Promise<RunStep[]> {
  const { table, parameters = {} } = input;
  for (const key of Object.keys(parameters))
    if (!steps.some(({ sequence }) => String(sequence) === key)) throw notTaken(table, Number(key), steps, versions);
  const given: RunStep[] = [];
  for (const step of steps) {
    const { sequence } = step;
    const file = deployed.find(({ transformation }) => transformation.sequence === sequence);
    const version = versions.find((known) => known.sequence === sequence);
    const of = { table, sequence, file: file?.file, declared: file?.transformation.parameters, secrets: ports.secrets };
    const asked = ownValue(parameters, String(sequence));
    if (step.by) {
      if (asked) await refuseOthers(of, version?.given ?? { parameters: '{}', startedAt }, asked);
      given.push(step);
      continue;
    }
    const ofStage = ownValue(ports.stageParameters ?? {}, String(sequence));
    const recorded = recordedFor(input, version, asked !== undefined);
    if (asked && Object.keys(asked).length > 0 && !of.declared) throw declaresNone(of, Object.keys(asked));
    given.push({
      ...step,
      given: recorded ? await keepGiven(of, recorded, ofStage, asked) : await chooseGiven(of, { ...ofStage, ...asked }, startedAt),
    });
  }
  return given;
}

/** A version whose parameters are chosen. */
export interface VersionToGive {
  table: string;
  sequence: number;
  /** `Users/v3_split_name.ts` */
  file: string | undefined;
  declared: DeclaredParameters | undefined;
  secrets: SecretCipher;
}

/**
 * What is recorded with a version that a run has begun or applied; undefined if it is given anew. `again` applies a version anew; a dry run of
 * that asks whether the table has what was applied, unless it names other values.
 */
export function recordedFor(
  { direction, again, dryRun, prepareOnly }: Pick<RunInput, 'direction' | 'again' | 'dryRun' | 'prepareOnly'>,
  version: Version | undefined,
  isAsked: boolean,
): Given | undefined {
  if (!isInTable(version)) return undefined;
  const isRepeated = direction === 'up' && version.status === 'applied' && (again !== undefined || prepareOnly);
  return isRepeated && (isAsked || !(dryRun || prepareOnly)) ? undefined : version.given;
}

/**
 * Checks values and completes them by the file's defaults.
 *
 * @param values secrets among them are encrypted
 * @throws RunError InvalidParameters
 */
export async function chooseGiven(of: VersionToGive, values: Readonly<Record<string, unknown>>, startedAt: number): Promise<Given> {
  if (!of.declared) {
    if (Object.keys(values).length > 0) throw declaresNone(of, Object.keys(values));
    return { parameters: '{}', startedAt };
  }
  const opened = await openAsked(of, values);
  const completed = await of.declared.complete(opened);
  if ('problems' in completed) throw invalidParameters(of, completed.problems);
  return sealed(of, completed.values, startedAt);
}

/**
 * What is recorded with a version, completed by the values of parameters that its file declares since: those of the stage, over its defaults.
 *
 * @param ofStage values that the deployment gives in this stage
 * @param asked values that must be those that are recorded
 * @throws RunError InvalidParameters: when they differ, or a new parameter has no value
 */
export async function keepGiven(
  of: VersionToGive,
  recorded: Given,
  ofStage: Readonly<Record<string, unknown>> | undefined,
  asked: Readonly<Record<string, unknown>> = {},
): Promise<Given> {
  const { declared } = of;
  const opened = await refuseOthers(of, recorded, asked);
  const known = recordedValues(recorded);
  const missing = [...(declared?.fields?.keys() ?? [])].filter((name) => !Object.hasOwn(known, name));
  if (!declared || missing.length === 0) return recorded;
  const plain = Object.entries(known).filter(([name]) => declared.fields?.has(name) && !recorded.secrets?.includes(name));
  const added = await openAsked(of, Object.fromEntries(Object.entries(ofStage ?? {}).filter(([name]) => missing.includes(name))));
  const completed = await declared.complete({ ...Object.fromEntries(plain), ...added, ...opened }, missing);
  if ('problems' in completed) throw invalidParameters(of, completed.problems);
  const values = Object.fromEntries(Object.entries(completed.values).filter(([name]) => missing.includes(name)));
  const { parameters, secrets: addedSecrets = [] } = await sealed(of, values, recorded.startedAt);
  const all = JSON.stringify({ ...known, ...JSON.parse(parameters) });
  refuseLarge(of, all);
  const names = [...(recorded.secrets ?? []), ...addedSecrets];
  return { ...recorded, parameters: all, ...(names.length > 0 ? { secrets: names } : {}) };
}

/**
 * @returns what is asked for, with secrets in plain
 * @throws RunError InvalidParameters: if that is not what is recorded, or neither recorded nor declared
 */
async function refuseOthers(of: VersionToGive, recorded: Given, asked: Readonly<Record<string, unknown>>) {
  const { declared, secrets } = of;
  const opened = await openAsked(of, asked);
  const names = Object.keys(opened);
  if (names.length === 0) return opened;
  const { parameters } = await openGiven(of, recorded, (owner, encrypted) => secrets.decrypt(owner, encrypted));
  const isRecorded = (name: string): boolean => ownValue(parameters, name) !== undefined;
  // A schema that does not tell its names decides itself.
  const unknown = names.filter((name) => !isRecorded(name) && !(declared && (declared.fields?.has(name) ?? true)));
  if (unknown.length > 0) {
    const known = Object.keys(recordedValues(recorded)).join(', ') || 'none';
    throw invalidParameters(
      of,
      unknown.map((name) => ({ name, problem: `is not among those with which it was begun (${known})` })),
    );
  }
  // A schema may make the recorded value of the asked one.
  const completed = await declared?.complete(opened, names);
  const made = completed && 'values' in completed ? completed.values : {};
  const others = names.filter((name) => {
    const known = ownValue(parameters, name);
    return known !== undefined && !isSame(known, opened[name]) && !isSame(known, ownValue(made, name));
  });
  if (others.length > 0) throw differs(of, recorded, others);
  return opened;
}

/** The values as the file's schema takes them: those of secrets decrypted. A name that the file does not declare stays as it is, and is refused later. */
async function openAsked(of: VersionToGive, values: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
  const opened: Record<string, unknown> = {};
  for (const [parameter, value] of Object.entries(values)) {
    const encrypted = sealedIn(value);
    const isSecret = of.declared?.fields?.get(parameter)?.isSecret === true;
    if (isSecret && encrypted === undefined) throw plainSecret(of, parameter);
    const text = isSecret && encrypted !== undefined ? await of.secrets.decrypt({ ...ownerOf(of), parameter }, encrypted) : undefined;
    opened[parameter] = text === undefined ? value : parsed(of, parameter, text);
  }
  return opened;
}

function parsed(of: VersionToGive, parameter: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidParameters(of, [
      { name: parameter, problem: 'is not JSON after it was decrypted; a string is encrypted with its quotation marks' },
    ]);
  }
}

async function sealed(of: VersionToGive, values: Readonly<Record<string, unknown>>, startedAt: number): Promise<Given> {
  const secrets = Object.keys(values).filter((name) => of.declared?.fields?.get(name)?.isSecret);
  const recorded = { ...values };
  // What is too large for a record is also too large for KMS.
  refuseLarge(of, JSON.stringify(values));
  for (const parameter of secrets)
    recorded[parameter] = { encrypted: await of.secrets.encrypt({ ...ownerOf(of), parameter }, JSON.stringify(values[parameter])) };
  const parameters = JSON.stringify(recorded);
  refuseLarge(of, parameters);
  return { parameters, ...(secrets.length > 0 ? { secrets } : {}), startedAt };
}

function ownerOf({ table, sequence }: VersionToGive) {
  return { table, sequence };
}

function refuseLarge({ table, sequence, file }: VersionToGive, text: string): void {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > maxParametersBytes)
    throw new RunError(
      'InvalidParameters',
      `The parameters of ${table} v${sequence} have ${bytes} bytes as JSON, and may have ${maxParametersBytes}. Give less, or let \`prepare\` gather the data.`,
      { fields: { table, sequence, file, limit: maxParametersBytes, count: bytes } },
    );
}

function isSame(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/** @throws nothing: the caller throws it */
function invalidParameters({ table, sequence, file }: VersionToGive, problems: readonly ParameterProblem[]): RunError {
  const inWords = problems.map(({ name, problem }) => (name === undefined ? `they ${problem}` : `"${name}" ${problem}`)).join('; ');
  return new RunError(
    'InvalidParameters',
    `The parameters of ${table} v${sequence} are not valid: ${inWords}. Give them with \`dynamodt up ${table} --set ${sequence}.${problems[0]?.name ?? 'name'}=…\`, in the input as {"table": "${table}", "parameters": {"${sequence}": {…}}}, or in the deployment${file ? `; ${file} says what they are` : ''}.`,
    { fields: { table, sequence, file, parameter: problems.find(({ name }) => name !== undefined)?.name } },
  );
}

function declaresNone({ table, sequence, file }: VersionToGive, names: readonly string[]): RunError {
  return new RunError(
    'InvalidParameters',
    `${file ?? `${table} v${sequence}`} declares no parameters, and ${names.map((name) => `"${name}"`).join(', ')} ${names.length > 1 ? 'are' : 'is'} given for it. Leave that out, or add \`export const parameters = { … }\` to the file and deploy it.`,
    { fields: { table, sequence, file, parameter: names[0] } },
  );
}

function plainSecret({ table, sequence, file }: VersionToGive, parameter: string): RunError {
  return new RunError(
    'InvalidParameters',
    `"${parameter}" of ${table} v${sequence} is secret, and it is given without encryption, so it can be read wherever it was given: in the history of the execution, or in the deployment. Replace the secret if others may look there. Give the new one with \`dynamodt up ${table} --set ${sequence}.${parameter}=…\`, which encrypts it, or as {"encrypted": "…"} with what \`aws kms encrypt\` makes of it (node_modules/dynamodt/docs/parameters.md).`,
    { fields: { table, sequence, file, parameter } },
  );
}

function differs({ table, sequence, file }: VersionToGive, recorded: Given, names: readonly string[]): RunError {
  const shown = shownParameters(recorded);
  const kept = names.map((name) => `${name}=${JSON.stringify(shown[name])}`).join(', ');
  return new RunError(
    'InvalidParameters',
    `${table} v${sequence} was begun with ${kept}, and every part of it, also the way back, is made with the same values. Leave out --set for it, or give the same. To apply it with other values, take it back (\`dynamodt down ${table}\`) and apply it anew, or apply it once more when it is applied (\`dynamodt up ${table} --again ${sequence} --set ${sequence}.${names[0]}=…\`).`,
    { fields: { table, sequence, file, parameter: names[0] } },
  );
}

function notTaken(table: string, sequence: number, steps: readonly RunStep[], versions: readonly Version[]): RunError {
  const status = versions.find((version) => version.sequence === sequence)?.status;
  const taken = versionList(steps.map((step) => step.sequence));
  const why = status === 'applied' ? 'it is applied' : 'it is not among the versions that this run takes';
  return new RunError(
    'InvalidParameters',
    `Parameters are given for ${table} v${sequence}, but ${why}${taken ? ` (this run takes ${taken})` : ' (this run takes none)'}. Leave them out${status === 'applied' ? `, or apply it once more with \`dynamodt up ${table} --again ${sequence}\`` : ''}.`,
    { fields: { table, sequence } },
  );
}
