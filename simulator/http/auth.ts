import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { incorrectApiKey, missingApiKey, missingBetaHeader } from '../errors.ts';
import { endpointOf } from './context.ts';
import { DEFAULT_PROJECT } from './keys.ts';
import type { ApiKey, ApiKeys, Scope } from './keys.ts';
import { mismatched, missingScopes, modelNotAllowed } from './refusals.ts';

/**
 * The key of the request.
 * @throws ApiError 401 unless it is a known one, sent for its own project, with the endpoint in its scopes.
 */
export function checkApiKey(request: FastifyRequest, keys: ApiKeys): ApiKey {
  const text = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (text === undefined) throw missingApiKey();
  const key = keys.find(text);
  if (key === undefined) throw incorrectApiKey(text);
  for (const what of ['Organization', 'Project'] as const) {
    const named = request.headers[`openai-${what.toLowerCase()}`];
    const own = what === 'Project' ? key.project : key.organization;
    if (named !== undefined && named !== '' && own !== undefined && named !== own) throw mismatched(what);
  }
  const scope = scopeOf(request);
  if (key.scopes !== undefined && scope !== undefined && !allows(key.scopes, scope))
    throw missingScopes(scope);
  return key;
}

const withModel = z.looseObject({ model: z.string() });

/** @throws ApiError 403 when the body asks for a model that the key's project may not use. */
export function checkModel(request: FastifyRequest, key: ApiKey): void {
  const model = withModel.safeParse(request.body).data?.model;
  if (model === undefined || key.models === undefined || key.models.includes(model)) return;
  throw modelNotAllowed(key.project ?? DEFAULT_PROJECT, model);
}

/** @throws ApiError 400 unless the request asks for the Assistants API, version 2. */
export function checkAssistantsBeta(request: FastifyRequest): void {
  const header = request.headers['openai-beta'];
  const values = (Array.isArray(header) ? header : [header ?? '']).flatMap((value) => value.split(','));
  if (!values.some((value) => value.trim() === 'assistants=v2')) throw missingBetaHeader();
}

function scopeOf(request: FastifyRequest): Scope | undefined {
  const access = request.method === 'GET' ? 'read' : 'write';
  const [resource = ''] = endpointOf(request).split('.');
  switch (resource) {
    case 'assistants':
      return `api.assistants.${access}`;
    case 'threads':
    case 'messages':
    case 'runs':
    case 'steps':
      return `api.threads.${access}`;
    case 'responses':
    case 'conversations':
      return `api.responses.${access}`;
    case 'webhookEndpoints':
    case 'webhookEventTypes':
      return `api.webhooks.${access}`;
    default:
      return undefined;
  }
}

/** Who may write may read. */
function allows(scopes: readonly Scope[], scope: Scope): boolean {
  return scopes.some((granted) => granted === scope || granted === scope.replace('.read', '.write'));
}
