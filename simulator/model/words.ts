/** Words that say nothing about what a tool does. */
const STOP_WORDS = new Set(
  (
    'a an the of in on at to for from by with and or is are be was what which who how when where do does did can could ' +
    'would will please me my i you your it its this that these those get fetch find give tell show make run use call ' +
    'tool function number numbers value values two one given returns return current some any all into as s d m t ll re ve'
  ).split(' '),
);

/** Words for what tools are commonly named after. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['sum', 'add'],
  ['plus', 'add'],
  ['product', 'multiply'],
  ['times', 'multiply'],
]);

/** The telling words of a text, reduced to their stems: `get_weather` and "The weather?" share `weather`. */
export function stems(text: string): string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !STOP_WORDS.has(word))
    .map((word) => stem(SYNONYMS.get(word) ?? word));
}

/** Rough on purpose: the endings that verbs and plurals take in prompts. */
function stem(word: string): string {
  if (/^\d+$/.test(word) || word.length <= 3) return word;
  if (/(?:ies|ied)$/.test(word)) return `${word.slice(0, -3)}y`;
  return word.replace(/(?:ing|ed|es|s|e)$/, '');
}

/** Stages are done one after another: "add 2 and 3, then multiply the result by 4". */
export function splitStages(prompt: string): string[] {
  return prompt
    .split(/[,;.]?\s+(?:and\s+)?(?:after that|afterwards|then)\b,?/i)
    .filter((stage) => stage.trim() !== '');
}

/** Clauses of one stage are independent: "the weather in Paris and in Rome". Quoted text stays whole. */
export function splitClauses(stage: string): string[] {
  const quotes: string[] = [];
  const masked = stage.replace(/"[^"]*"|“[^”]*”/g, (quote) => `\uE000${quotes.push(quote) - 1}\uE000`);
  return masked
    .split(/[.?!;:](?=\s|$)|,(?!\d)|\n|\band\b|&/i)
    .map((clause) =>
      clause.replace(/\uE000(\d+)\uE000/g, (_, index: string) => quotes[Number(index)] ?? '').trim(),
    )
    .filter((clause) => clause !== '');
}
