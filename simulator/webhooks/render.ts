import type OpenAI from 'openai';
import type { EndpointRecord } from './endpoints.ts';

export type WebhookEndpointObject = OpenAI.Webhooks.WebhookEndpoint;
export type WebhookEndpointWithSecret = OpenAI.Webhooks.WebhookEndpointWithSecret;

/** The endpoint as the API shows it; its secret only as a hint. */
export function renderEndpoint(endpoint: EndpointRecord): WebhookEndpointObject {
  return {
    id: endpoint.id,
    object: 'webhook_endpoint',
    created_at: endpoint.createdAt,
    updated_at: endpoint.updatedAt,
    name: endpoint.name,
    url: endpoint.url,
    event_types: [...endpoint.eventTypes],
    signing_secret_hint: hint(presentSecret(endpoint)),
  };
}

/** The answer of a creation or a rotation, the only ones that show the secret. */
export function renderWithSecret(endpoint: EndpointRecord): WebhookEndpointWithSecret {
  return { ...renderEndpoint(endpoint), signing_secret: presentSecret(endpoint) };
}

function presentSecret({ secrets }: EndpointRecord): string {
  return secrets[0]?.text ?? '';
}

/** Enough to tell secrets apart, nothing to guess them by. */
function hint(secret: string): string {
  return `${secret.startsWith('whsec_') ? 'whsec_' : ''}...${secret.slice(-4)}`;
}
