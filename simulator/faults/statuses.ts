import { ApiError } from '../errors.ts';
import type { ErrorBody } from '../errors.ts';
import type { HttpFault } from './table.ts';

/** The usual body of each error status; what a rule gives replaces its parts. */
const USUAL: Readonly<Record<number, Partial<ErrorBody>>> = {
  400: { message: 'Invalid request.', type: 'invalid_request_error' },
  401: { message: 'Incorrect API key provided.', type: 'invalid_request_error', code: 'invalid_api_key' },
  403: { message: 'You do not have access to this resource.', type: 'invalid_request_error' },
  404: { message: 'The requested resource was not found.', type: 'invalid_request_error' },
  408: { message: 'Request timed out.', type: 'invalid_request_error' },
  409: {
    message: 'The request conflicts with another one. Please try again.',
    type: 'invalid_request_error',
  },
  429: {
    message:
      'Rate limit reached for gpt-sim in organization org-simulator on requests per min (RPM). Please try again later.',
    type: 'requests',
    code: 'rate_limit_exceeded',
  },
  500: {
    message: 'The server had an error while processing your request. Sorry about that!',
    type: 'server_error',
  },
  503: {
    message: 'The server is currently overloaded. Please try again later.',
    type: 'service_unavailable_error',
    code: 'server_is_overloaded',
  },
};

/** The error a `status` fault answers with. */
export function errorOf(fault: Extract<HttpFault, { kind: 'status' }>): ApiError {
  const usual = USUAL[fault.status] ?? { message: `Error ${fault.status}.`, type: 'server_error' };
  return new ApiError(fault.status, {
    message: fault.message ?? usual.message ?? '',
    type: fault.type ?? usual.type ?? 'server_error',
    param: null,
    code: fault.code === undefined ? (usual.code ?? null) : fault.code,
  });
}
