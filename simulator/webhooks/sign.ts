import { createHmac } from 'node:crypto';

const SECRET_PREFIX = 'whsec_';

/** The headers that Standard Webhooks asks for (https://www.standardwebhooks.com), as OpenAI sends them. */
export interface SignatureHeaders {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
}

/** Signs `<id>.<timestamp>.<body>` with HMAC-SHA256; several secrets give several signatures (a rotated secret). */
export function signWebhook(
  message: { id: string; timestampSeconds: number; body: string },
  secrets: readonly string[],
): SignatureHeaders {
  const signed = `${message.id}.${message.timestampSeconds}.${message.body}`;
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', keyOf(secret)).update(signed).digest('base64')}`,
  );
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestampSeconds),
    'webhook-signature': signatures.join(' '),
  };
}

/** A secret with the prefix is base64; one without it is used as it is. */
function keyOf(secret: string): Buffer {
  return secret.startsWith(SECRET_PREFIX)
    ? Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8');
}
