import { redactSecrets } from '../core/redact.ts';

/** Keys and secrets of this process's accounts: compatible servers have keys of any shape, and may quote them. */
const secrets = new Set<string>();

/** From now on this never appears in what a provider says of itself. */
export function keepSecret(secret: string): void {
  if (secret.length >= 8) secrets.add(secret);
}

/** Words of a provider without what must not leave this process. */
export function redact(text: string): string {
  return redactSecrets(text, secrets);
}
