import { ApiError } from '../errors.ts';
import type { ErrorBody } from '../errors.ts';
import type { HttpFault } from './table.ts';

const QUOTA =
  'You exceeded your current quota, please check your plan and billing details. For more information on this error, ' +
  'read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.';

/** The usual body of each error status; what a rule gives replaces its parts. */
const BY_STATUS: Readonly<Record<number, Partial<ErrorBody>>> = {
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

/** The kinds of 429: only the code tells those that end by waiting from those that somebody has to pay for. */
const BY_CODE: Readonly<Record<string, Partial<ErrorBody>>> = {
  slow_down: { message: 'Please reduce your request rate and try again.', type: 'requests' },
  insufficient_quota: { message: QUOTA, type: 'insufficient_quota' },
  credit_balance_exhausted: { message: QUOTA, type: 'insufficient_quota' },
  organization_spend_limit_exceeded: { message: QUOTA, type: 'insufficient_quota' },
  project_spend_limit_exceeded: { message: QUOTA, type: 'insufficient_quota' },
  organization_usage_limit_exceeded: { message: QUOTA, type: 'insufficient_quota' },
};

/** The error a `status` fault answers with. */
export function errorOf(fault: Extract<HttpFault, { kind: 'status' }>): ApiError {
  const usual = {
    message: `Error ${fault.status}.`,
    type: 'server_error',
    code: null,
    ...BY_STATUS[fault.status],
    ...(fault.status === 429 ? BY_CODE[fault.code ?? ''] : {}),
  };
  return new ApiError(fault.status, {
    message: fault.message ?? usual.message,
    type: fault.type ?? usual.type,
    param: null,
    code: fault.code === undefined ? usual.code : fault.code,
  });
}
