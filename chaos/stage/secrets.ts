import type { Random } from '../random.ts';

/** What nobody but its owners may ever see. */
export interface Secrets {
  readonly apiKey: string;
  /** What webhooks are, or were, signed with: the newest first. */
  readonly webhook: string[];
}

/** Secrets that occur nowhere by chance. */
export function makeSecrets(random: Random): Secrets {
  const draw = random.fork('secrets');
  const bytes = (count: number): Buffer =>
    Buffer.from(Array.from({ length: count }, () => draw.integer(0, 255)));
  return {
    apiKey: `sk-${bytes(24).toString('hex')}`,
    webhook: [`whsec_${bytes(24).toString('base64')}`],
  };
}

/** Which of the secrets are in a text, by their names. */
export function findSecrets(text: string, { apiKey, webhook }: Secrets): string[] {
  return [
    ...(text.includes(apiKey) ? ['the API key'] : []),
    // Without its prefix it is as good.
    ...(webhook.some((secret) => text.includes(secret.replace(/^whsec_/, ''))) ? ['a webhook secret'] : []),
  ];
}
