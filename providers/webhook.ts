import type { OpenAI } from 'openai';
import { InvalidWebhookSignatureError } from 'openai';

export type VerifiedWebhook =
  /** The sender knows a secret. `event` is whatever JSON it sent, and `sentAtMs` when it says that it did, to the second. */
  | {
      readonly kind: 'verified';
      readonly webhookId: string;
      readonly sentAtMs: number;
      readonly event: unknown;
    }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Verifies and parses a webhook with the SDK. `body` is the raw text that was signed. During a rotation several secrets are
 * valid: the first that fits counts.
 */
export async function verifyWebhook(
  client: OpenAI,
  secrets: readonly string[],
  body: string,
  headers: Headers,
): Promise<VerifiedWebhook> {
  let reason = 'no webhook secret is configured';
  for (const secret of secrets) {
    try {
      const event: unknown = await client.webhooks.unwrap(body, headers, secret);
      const sentAtMs = Number(headers.get('webhook-timestamp')) * 1_000;
      return { kind: 'verified', webhookId: headers.get('webhook-id') ?? '', sentAtMs, event };
    } catch (error) {
      reason = describeRefusal(error);
      // What is wrong with the message itself, no other secret will mend.
      if (!(error instanceof InvalidWebhookSignatureError)) break;
    }
  }
  return { kind: 'refused', reason };
}

/** The SDK throws plain errors for missing headers, and a SyntaxError for a body that is signed but not JSON. */
function describeRefusal(error: unknown): string {
  if (error instanceof SyntaxError) return 'the body is not JSON';
  return error instanceof Error ? error.message : 'the webhook could not be verified';
}
