/** A schema of any library that implements https://standardschema.dev: zod, valibot, arktype. */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The fields of the standard. */
  readonly '~standard': {
    /** Of the standard. */
    readonly version: 1;
    /** The name of the library. */
    readonly vendor: string;
    /** Gives the value as the schema makes it, or why it refuses it. */
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    /** For inference only; no value has it. */
    readonly types?: SchemaTypes<Input, Output> | undefined;
    /** Of https://standardschema.dev/json-schema, which not every library has. */
    readonly jsonSchema?: StandardJsonSchema | undefined;
  };
}

/** The types of the values that a schema takes and gives. */
export interface SchemaTypes<Input, Output> {
  /** What is given to the schema. */
  readonly input: Input;
  /** What the schema makes of it. */
  readonly output: Output;
}

/** How a schema says in JSON Schema what it takes. */
export interface StandardJsonSchema {
  /** The JSON Schema of what is given to the schema. */
  readonly input: (options: JsonSchemaOptions) => Record<string, unknown>;
}

interface JsonSchemaOptions {
  readonly target: 'draft-2020-12';
  readonly libraryOptions?: Record<string, unknown> | undefined;
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Of arktype, a schema is a function. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || !('~standard' in value)) return false;
  const { '~standard': standard } = value;
  return typeof standard === 'object' && standard !== null && 'validate' in standard && typeof standard.validate === 'function';
}

/** What is known of one value that a schema takes. */
export interface KnownField {
  /** The `type` of JSON Schema. */
  type?: string | undefined;
  isSecret: boolean;
}

/**
 * The names that a schema takes, with what JSON Schema says of them; undefined if the schema does not tell its names, or takes any.
 *
 * A value is secret if it is `writeOnly`, or its `format` is `password`.
 */
export function fieldsOfSchema(schema: StandardSchema): Map<string, KnownField> | undefined {
  const json = jsonSchemaOf(schema);
  const properties = json && isObject(json['properties']) ? json['properties'] : undefined;
  // JSON Schema of input says nothing of additional properties if the schema drops them.
  if (properties && (json?.['additionalProperties'] === undefined || json['additionalProperties'] === false))
    return new Map(Object.entries(properties).map(([name, property]) => [name, fieldOf(property, memberOf(schema, name))]));
  if (json) return undefined;
  const members = membersOf(schema);
  return members && new Map(Object.entries(members).map(([name, member]) => [name, fieldOf(undefined, member)]));
}

/** What is known of a schema for one value. */
export function fieldOfSchema(schema: StandardSchema): KnownField {
  return fieldOf(jsonSchemaOf(schema), schema);
}

function fieldOf(property: unknown, member: unknown): KnownField {
  const described = isObject(property) ? property : {};
  const { type } = described;
  return { type: typeof type === 'string' ? type : typeOfSchema(member), isSecret: saysSecret(described) || isSecretByMeta(member) };
}

const jsonTypes = ['string', 'number', 'boolean', 'array', 'object'];

/** valibot has no JSON Schema, and names the types of its schemas; those of optional values are around others. */
function typeOfSchema(member: unknown): string | undefined {
  if (!isObject(member) || member['kind'] !== 'schema') return undefined;
  const { type, wrapped } = member;
  return typeof type === 'string' && jsonTypes.includes(type) ? type : typeOfSchema(wrapped);
}

function saysSecret({ writeOnly, format }: Record<string, unknown>): boolean {
  return writeOnly === true || format === 'password';
}

function jsonSchemaOf(schema: StandardSchema): Record<string, unknown> | undefined {
  const { jsonSchema } = schema['~standard'];
  for (const libraryOptions of [undefined, { unrepresentable: 'any' }]) {
    try {
      const found = jsonSchema?.input({ target: 'draft-2020-12', ...(libraryOptions ? { libraryOptions } : {}) });
      if (found) return found;
    } catch {
      // A library throws if it cannot say something in JSON Schema.
    }
  }
  return undefined;
}

/** Members of an object's schema, as zod and valibot have them. */
function membersOf(schema: unknown): Record<string, unknown> | undefined {
  if (!isObject(schema)) return undefined;
  const { shape, entries } = schema;
  return isObject(shape) ? shape : isObject(entries) ? entries : undefined;
}

function memberOf(schema: unknown, name: string): unknown {
  return membersOf(schema)?.[name];
}

/** zod's `.meta()`, also of what is optional or has a default. */
function isSecretByMeta(member: unknown): boolean {
  if (!isObject(member)) return false;
  const meta: unknown = typeof member['meta'] === 'function' ? member['meta']() : undefined;
  if (isObject(meta) && saysSecret(meta)) return true;
  const { def } = member;
  return isObject(def) && isSecretByMeta(def['innerType']);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' || typeof value === 'function') && value !== null;
}
