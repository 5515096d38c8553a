/** A plausible, deterministic token count: about four characters each, as the rule of thumb has it. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}
