import { ApiError } from '../errors.ts';
import type { ErrorBody } from '../errors.ts';

// What a key is refused with, in the API's words.

/** 401 when the header `OpenAI-Organization` or `OpenAI-Project` names another one than the key's. */
export function mismatched(what: 'Organization' | 'Project'): ApiError {
  return refusal(401, {
    message: `OpenAI-${what} header should match ${what.toLowerCase()} for API key`,
    code: `mismatched_${what.toLowerCase()}`,
  });
}

/** 401 of a key that is restricted to other scopes: a permission, yet the API has always answered 401 to it. */
export function missingScopes(scope: string): ApiError {
  return refusal(401, {
    message:
      `You have insufficient permissions for this operation. Missing scopes: ${scope}. Check that you have the correct ` +
      "role in your organization (Reader, Writer, Owner) and project (Member, Owner), and if you're using a restricted " +
      'API key, that it has the necessary scopes.',
    code: null,
  });
}

/** 403 of a project that may not use the model. */
export function modelNotAllowed(project: string, model: string): ApiError {
  return refusal(403, {
    message: `Project \`${project}\` does not have access to model \`${model}\``,
    code: 'model_not_found',
  });
}

/** One of the two limits of a key. */
export interface Limit {
  kind: 'requests' | 'tokens';
  perMinute: number;
  used: number;
  requested: number;
}

const LIMIT_NAMES = { requests: 'requests per min (RPM)', tokens: 'tokens per min (TPM)' } as const;
const LEARN_MORE = 'Visit https://platform.openai.com/account/rate-limits to learn more.';

/** 429 that ends by waiting. */
export function rateLimited(model: string, organization: string, limit: Limit, tryAgainIn: string): ApiError {
  const { kind, perMinute, used, requested } = limit;
  return refusal(429, {
    message:
      `Rate limit reached for ${model} in organization ${organization} on ${LIMIT_NAMES[kind]}: ` +
      `Limit ${perMinute}, Used ${used}, Requested ${requested}. Please try again in ${tryAgainIn}. ${LEARN_MORE}`,
    type: kind,
    code: 'rate_limit_exceeded',
  });
}

/** 429 that no waiting ends: the request alone is above the limit. */
export function tooLarge(model: string, organization: string, limit: Limit): ApiError {
  const { kind, perMinute, requested } = limit;
  return refusal(429, {
    message:
      `Request too large for ${model} in organization ${organization} on ${LIMIT_NAMES[kind]}: Limit ${perMinute}, ` +
      `Requested ${requested}. The input or output tokens must be reduced in order to run successfully. ${LEARN_MORE}`,
    type: kind,
    code: 'rate_limit_exceeded',
  });
}

function refusal(status: number, body: Pick<ErrorBody, 'message' | 'code'> & Partial<ErrorBody>): ApiError {
  return new ApiError(status, { type: 'invalid_request_error', param: null, ...body });
}
