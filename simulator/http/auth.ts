import type { FastifyRequest } from 'fastify';
import { incorrectApiKey, missingApiKey, missingBetaHeader } from '../errors.ts';

/** @throws ApiError 401 unless the request carries one of the keys. */
export function checkApiKey(request: FastifyRequest, apiKeys: readonly string[]): void {
  const key = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (key === undefined) throw missingApiKey();
  if (!apiKeys.includes(key)) throw incorrectApiKey(key);
}

/** @throws ApiError 400 unless the request asks for the Assistants API, version 2. */
export function checkAssistantsBeta(request: FastifyRequest): void {
  const header = request.headers['openai-beta'];
  const values = (Array.isArray(header) ? header : [header ?? '']).flatMap((value) => value.split(','));
  if (!values.some((value) => value.trim() === 'assistants=v2')) throw missingBetaHeader();
}
