import { realNowMs, toUnixSeconds } from '../clock.ts';
import type { TryPlan } from '../faults/delivery.ts';
import type { EndpointRecord } from './endpoints.ts';
import { post } from './post.ts';
import type { PostRequest, PostResult } from './post.ts';
import { signWebhook } from './sign.ts';

/** What one try sends. */
export interface Transmission {
  endpoint: EndpointRecord;
  /** The present one first; two while an old one is kept. */
  secrets: readonly string[];
  webhookId: string;
  body: string;
  plan: TryPlan;
}

/** Signs and posts one try, with the faults of its plan. Never throws. */
export async function transmit(
  { endpoint, secrets, webhookId, body, plan }: Transmission,
  limits: Pick<PostRequest, 'signal' | 'timeoutMs'>,
): Promise<PostResult> {
  const headers = signWebhook(
    // Receivers compare the timestamp with their own clock, so this one is real.
    { id: webhookId, timestampSeconds: toUnixSeconds(realNowMs() - plan.ageMs), body },
    secrets.map((secret) => (plan.forged ? `not-${secret}` : secret)),
  );
  const request = { url: endpoint.url, headers, body, ...limits };
  if (plan.answered === null) return post(request);
  const { status, delivered } = plan.answered;
  if (delivered) await post(request);
  return { status, error: status === null ? 'no answer (a fault)' : `answered ${status} (a fault)` };
}
