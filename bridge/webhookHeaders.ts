import type { IncomingMessage } from 'node:http';

/** The headers of Standard Webhooks, with what each may be. The SDK only asks that they are there. */
const rules: readonly (readonly [name: string, pattern: RegExp, expected: string])[] = [
  // It becomes a part of a signal and of log lines.
  ['webhook-id', /^[\x21-\x7e]{1,128}$/, '1 to 128 visible ASCII characters'],
  // What is signed is `id.timestamp.body`: only with digits here is there one way to take that apart.
  ['webhook-timestamp', /^\d{1,12}$/, 'Unix seconds'],
  // Each signature in it may cost an HMAC over the body. One has 47 characters, and a rotation has two.
  ['webhook-signature', /^[\x20-\x7e]{1,1024}$/, 'at most 1,024 characters'],
];

export type WebhookHeaders =
  | { readonly kind: 'read'; readonly headers: Headers }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * The headers that a webhook is verified by. Each may come once: of two, which one was meant would be anybody's guess. One that is
 * missing is left to the SDK to tell of.
 */
export function readWebhookHeaders({ headers: given, rawHeaders }: IncomingMessage): WebhookHeaders {
  const headers = new Headers();
  for (const [name, pattern, expected] of rules) {
    const count = rawHeaders.filter((part, index) => index % 2 === 0 && part.toLowerCase() === name).length;
    if (count > 1) return { kind: 'refused', reason: `${name}: expected once, came ${count} times` };
    const value = given[name];
    if (typeof value !== 'string' || value === '') continue;
    if (!pattern.test(value)) return { kind: 'refused', reason: `${name}: expected ${expected}` };
    headers.set(name, value);
  }
  return { kind: 'read', headers };
}
