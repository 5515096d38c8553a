/** Operators in words, as people write them in prompts. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bplus\b/gi, '+'],
  [/\bminus\b/gi, '-'],
  [/\b(?:times|multiplied by)\b|[×·]/gi, '*'],
  [/\bdivided by\b|÷/gi, '/'],
  [/(?<=\d)\s*x\s*(?=\d)/gi, '*'],
];
const EXPRESSION = /[(\d-][\d\s+\-*/^().]*[\d)]/g;
const DATE = /\d{4}-\d{1,2}-\d{1,2}/g;
/** Nothing that people ask is longer, and it bounds the parser's recursion on hostile input. */
const LONGEST_EXPRESSION = 200;

/** `2+2 = 4` for a text that contains a calculation; undefined for one that does not. */
export function solveArithmetic(text: string): string | undefined {
  const normalised = WORDS.reduce((result, [pattern, operator]) => result.replace(pattern, operator), text);
  for (const [match] of normalised.replace(DATE, ' ').matchAll(EXPRESSION)) {
    const expression = match.trim();
    if (!/[\d)]\s*[-+*/^]/.test(expression) || expression.length > LONGEST_EXPRESSION) continue;
    const value = evaluate(expression);
    if (value !== undefined) return `${expression.replace(/\s+/g, '')} = ${writeNumber(value)}`;
  }
  return undefined;
}

/** Without the noise of binary fractions: 0.1 + 0.2 is 0.3. */
function writeNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(12)));
}

/** The value of an expression of numbers, + - * / ^ and parentheses; undefined when it is none or has no finite value. */
export function evaluate(expression: string): number | undefined {
  const tokens = expression.match(/\d+(?:\.\d+)?|[-+*/^()]|\S/g) ?? [];
  let position = 0;
  const take = (...wanted: string[]): string | undefined => {
    const token = tokens[position];
    if (token === undefined || !wanted.includes(token)) return undefined;
    position += 1;
    return token;
  };

  function sum(): number {
    let value = product();
    for (let operator = take('+', '-'); operator; operator = take('+', '-')) {
      value = operator === '+' ? value + product() : value - product();
    }
    return value;
  }
  function product(): number {
    let value = power();
    for (let operator = take('*', '/'); operator; operator = take('*', '/')) {
      value = operator === '*' ? value * power() : value / power();
    }
    return value;
  }
  function power(): number {
    if (take('-')) return -power();
    const base = atom();
    return take('^') ? base ** power() : base;
  }
  function atom(): number {
    if (take('(')) {
      const value = sum();
      return take(')') ? value : Number.NaN;
    }
    const token = tokens[position];
    position += 1;
    return token === undefined || !/^\d/.test(token) ? Number.NaN : Number(token);
  }

  const value = sum();
  return position === tokens.length && Number.isFinite(value) ? value : undefined;
}
