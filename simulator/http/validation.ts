import type { z } from 'zod';
import { badRequest } from '../errors.ts';
import type { ApiError } from '../errors.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * A request body, checked; an absent one counts as `{}`.
 * @throws ApiError 400 in the API's words, for the first thing that is wrong.
 */
export function readBody<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  return check(schema, body ?? {});
}

/** A query string, checked as {@link readBody} does. */
export function readQuery<S extends z.ZodType>(schema: S, query: unknown): z.output<S> {
  return check(schema, query);
}

function check<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw issue ? describeIssue(issue, input, []) : badRequest('Invalid request.');
}

function describeIssue(issue: Issue, input: unknown, parent: Path): ApiError {
  const path = [...parent, ...issue.path];
  const param = writePath(path);
  const value = valueAt(input, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const unknown = writePath([...path, issue.keys[0] ?? '']);
      return badRequest(`Unknown parameter: '${unknown}'.`, unknown, 'unknown_parameter');
    }
    case 'invalid_type':
      if (value === undefined) return missing(param);
      return wrongType(param, typeName(issue.expected), value);
    case 'invalid_value': {
      if (value === undefined) return missing(param);
      return unsupportedValue(param, value, issue.values.map(String));
    }
    case 'invalid_union':
      return describeUnion(issue, input, path);
    case 'too_big':
      return tooBig(issue, param, value);
    case 'too_small':
      return tooSmall(issue, param, value);
    case 'custom':
      return badRequest(
        issue.message,
        param,
        typeof issue.params?.['code'] === 'string' ? issue.params['code'] : null,
      );
    case 'invalid_format':
      if (issue.pattern === undefined)
        return badRequest(`Invalid '${param}': ${issue.message}.`, param, 'invalid_value');
      return badRequest(
        `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '${patternSource(issue.pattern)}'.`,
        param,
        'invalid_value',
      );
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
      return badRequest(`Invalid '${param}': ${issue.message}.`, param, 'invalid_value');
  }
}

function describeUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  input: unknown,
  path: Path,
): ApiError {
  const param = writePath(path);
  const value = valueAt(input, path);
  if (value === undefined) return missing(param);
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
  if (issue.errors.length === 0) return unsupportedValue(param, value, options);
  // The branch that got furthest is the one that was meant.
  const [deepest] = issue.errors.flat().toSorted((a, b) => b.path.length - a.path.length);
  if (deepest && (deepest.path.length > 0 || deepest.code === 'unrecognized_keys'))
    return describeIssue(deepest, input, path);
  const branches = issue.errors.flat();
  const values = branches.find((branch) => branch.code === 'invalid_value');
  if (values?.code === 'invalid_value' && typeof value === 'string') {
    return unsupportedValue(param, value, values.values.map(String));
  }
  const types = branches.flatMap((branch) =>
    branch.code === 'invalid_type'
      ? typeName(branch.expected)
      : branch.code === 'invalid_value'
        ? 'a string'
        : [],
  );
  return wrongType(param, `one of ${[...new Set(types)].join(' or ')}`, value);
}

function missing(param: string): ApiError {
  return badRequest(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
}

function wrongType(param: string, expected: string, value: unknown): ApiError {
  const where = param === '' ? '' : ` for '${param}'`;
  return badRequest(
    `Invalid type${where}: expected ${expected}, but got ${describeValue(value)} instead.`,
    param === '' ? null : param,
    'invalid_type',
  );
}

function unsupportedValue(param: string, value: unknown, supported: readonly string[]): ApiError {
  const quoted = supported.map((option) => `'${option}'`);
  const list =
    quoted.length > 1
      ? `Supported values are: ${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1)}`
      : `Supported value is: ${quoted.join('')}`;
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return badRequest(`Invalid value: '${shown}'. ${list}.`, param, 'invalid_value');
}

function tooBig(issue: Extract<Issue, { code: 'too_big' }>, param: string, value: unknown): ApiError {
  const { maximum, origin } = issue;
  if (origin === 'string' && typeof value === 'string') {
    return badRequest(
      `Invalid '${param}': string too long. Expected a string with maximum length ${maximum}, but got a string with length ${value.length} instead.`,
      param,
      'string_above_max_length',
    );
  }
  if (Array.isArray(value)) {
    return badRequest(
      `Invalid '${param}': array too long. Expected an array with maximum length ${maximum}, but got an array with length ${value.length} instead.`,
      param,
      'array_above_max_length',
    );
  }
  const kind = numberKind(value);
  return badRequest(
    `Invalid '${param}': ${kind} above maximum value. Expected a value <= ${maximum}, but got ${String(value)} instead.`,
    param,
    `${kind}_above_max_value`,
  );
}

function tooSmall(issue: Extract<Issue, { code: 'too_small' }>, param: string, value: unknown): ApiError {
  const { minimum, origin } = issue;
  if (origin === 'string' && typeof value === 'string') {
    return badRequest(
      `Invalid '${param}': string too short. Expected a string with minimum length ${minimum}, but got ${value === '' ? 'an empty string' : `a string with length ${value.length}`} instead.`,
      param,
      value === '' ? 'empty_string' : 'string_below_min_length',
    );
  }
  if (Array.isArray(value)) {
    return badRequest(
      `Invalid '${param}': array too short. Expected an array with minimum length ${minimum}, but got an array with length ${value.length} instead.`,
      param,
      value.length === 0 ? 'empty_array' : 'array_below_min_length',
    );
  }
  const kind = numberKind(value);
  return badRequest(
    `Invalid '${param}': ${kind} below minimum value. Expected a value >= ${minimum}, but got ${String(value)} instead.`,
    param,
    `${kind}_below_min_value`,
  );
}

function numberKind(value: unknown): 'integer' | 'decimal' {
  return Number.isInteger(Number(value)) ? 'integer' : 'decimal';
}

/** `tools[0].function.name` */
function writePath(path: Path): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`,
    '',
  );
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );
}

/** A pattern without the slashes that Zod writes around it. */
function patternSource(pattern: string): string {
  return pattern.replace(/^\/(.*)\/\w*$/s, '$1');
}

/** Zod's names of types, in the API's words. */
function typeName(expected: string): string {
  switch (expected) {
    case 'int':
      return 'an integer';
    case 'number':
      return 'a number';
    case 'record':
    case 'object':
      return 'an object';
    case 'array':
      return 'an array';
    default:
      return `a ${expected}`;
  }
}

function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal number';
  return `a ${typeof value}`;
}
