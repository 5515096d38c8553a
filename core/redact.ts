/** Enough to understand an error by. */
const maximumLength = 1_000;

/**
 * Takes out what looks like a key, and every given secret: OpenAI quotes a part of a wrong key in its 401, a proxy may quote all of
 * it, and compatible servers have keys of any shape.
 */
export function redactSecrets(text: string, secrets: Iterable<string> = []): string {
  let clean = text;
  for (const secret of secrets) clean = clean.replaceAll(secret, '[redacted]');
  return clean
    .replaceAll(/\b(sk|sess|whsec)[-_][\w*.+/=-]+/g, '$1-[redacted]')
    .replaceAll(/Bearer\s+\S+/gi, 'Bearer [redacted]')
    .slice(0, maximumLength);
}
