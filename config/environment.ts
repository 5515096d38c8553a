import * as z from 'zod';
import { redactSecrets } from '../core/redact.ts';

/** Everything that is wrong with a process's configuration, in one message. Thrown before anything is started. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(['The configuration is not valid:', ...problems.map((problem) => `  - ${problem}`)].join('\n'));
    this.problems = problems;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a variable; one that is empty counts as not set. */
export function readVariable(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === '' ? undefined : value;
}

/**
 * Reads a process's configuration from its environment, once: every variable of the schema, and every problem at once. Messages of the
 * schema say what was expected and what to do; what came is added here, unless the variable is a secret. With a suffix the variables
 * of the schema are those whose names end in it, and problems name them so.
 */
export function readEnvironment<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: Environment,
  suffix = '',
): z.output<z.ZodObject<Shape>> {
  const names = Object.keys(schema.shape);
  const given = Object.fromEntries(names.map((name) => [name, readVariable(environment, name + suffix)]));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(
    parsed.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      return `${name}${suffix}: ${issue.message}; got ${describeGiven(name, given[name])}`;
    }),
  );
}

/** What came, in words that tell no secret. */
export function describeGiven(name: string, value: string | undefined): string {
  if (value === undefined) return 'nothing';
  if (/KEY|SECRET|TOKEN|PASSWORD/.test(name)) return `a value of ${value.length} characters`;
  return `'${redactSecrets(hidePassword(value))}'`;
}

/** An address without its user and password; any other text as it is. */
export function hidePassword(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//[redacted]@');
}

/** Reads two parts of a configuration; what is wrong with both comes in one error. */
export function readBoth<First, Second>(
  readFirst: () => First,
  readSecond: () => Second,
): readonly [First, Second] {
  const problems: string[] = [];
  const first = collectProblems(readFirst, problems);
  const second = collectProblems(readSecond, problems);
  if (first === undefined || second === undefined) throw new ConfigurationError(problems);
  return [first.value, second.value];
}

/** Reads a part of a configuration; when it is not valid, what is wrong with it is added to the problems. */
export function collectProblems<Part>(
  read: () => Part,
  problems: string[],
): { readonly value: Part } | undefined {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/** A TCP port; 0 lets the system choose. */
export function portVariable(defaultPort: number): z.ZodType<number> {
  return z
    .string()
    .default(String(defaultPort))
    .refine((text) => /^\d+$/.test(text) && Number(text) <= 65_535, 'expected a port number from 0 to 65535')
    .transform(Number);
}

/** How many of something there may be: one at least. */
export function countVariable(defaultCount: number): z.ZodType<number> {
  return z
    .string()
    .default(String(defaultCount))
    .refine((text) => /^[1-9]\d{0,8}$/.test(text), 'expected a whole number from 1 to 999999999')
    .transform(Number);
}
