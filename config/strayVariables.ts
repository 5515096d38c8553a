import { readVariable, type Environment } from './environment.ts';
import { openaiVariables } from './openai.ts';

const known: readonly string[] = Object.keys(openaiVariables);

/**
 * Variables that look like an account's and are none's, or would be every account's. Ignoring them could do harm: a key whose address
 * is misspelt would go to OpenAI's own. Their values are not told, for there may be a key among them.
 *
 * @param suffixes of the named accounts, two underscores included
 */
export function findStrayVariables(environment: Environment, suffixes: readonly string[]): readonly string[] {
  return Object.keys(environment)
    .filter((name) => readVariable(environment, name) !== undefined)
    .flatMap((name) => {
      const problem =
        explainForAll(name) ?? explainUnderscore(name, suffixes) ?? explainStray(name, suffixes);
      return problem === undefined ? [] : [`${name}: ${problem}`];
    });
}

/** The SDK gives what this says to each client that it makes, and has no option against it. */
function explainForAll(name: string): string | undefined {
  return name === 'OPENAI_CUSTOM_HEADERS'
    ? "expected nothing: OpenAI's SDK would send these headers to the address of every account. Unset it"
    : undefined;
}

function explainUnderscore(name: string, suffixes: readonly string[]): string | undefined {
  for (const suffix of suffixes) {
    const variable = known.find((one) => name === `${one}${suffix.slice(1)}`);
    if (variable !== undefined)
      return `expected two underscores before the name of an account. Call it ${variable}${suffix}`;
  }
  return undefined;
}

function explainStray(name: string, suffixes: readonly string[]): string | undefined {
  // No variable of ours has two underscores in its own name: the suffix begins at the first two.
  const [, variable = '', suffix = ''] = /^(OPENAI(?:_[A-Z0-9]+)+)(__.*)$/.exec(name) ?? [];
  if (suffixes.includes(suffix)) {
    return known.includes(variable)
      ? undefined
      : `expected a variable of an account: ${known.map((one) => `${one}${suffix}`).join(', ')}. Correct it, or unset it`;
  }
  // What is neither a variable nor a suffix of ours is another program's.
  if (!known.includes(variable)) return undefined;
  const inCapitals = suffix.toUpperCase().replaceAll('-', '_');
  if (suffixes.includes(inCapitals))
    return `expected capitals and underscores. Call it ${variable}${inCapitals}`;
  const there = suffixes.length === 0 ? 'which lists none' : `whose suffixes are ${suffixes.join(', ')}`;
  return `expected the suffix of an account in OPENAI_ACCOUNTS, ${there}. List the account, or correct or unset the variable`;
}
