import { failureTypes, type FailureType, type ProviderFailureDetails } from '../core/failures.ts';

/** What an HTTP status, or a code in its body, says of a call. */
export interface StatusRule {
  readonly type: FailureType;
  readonly retries: boolean;
  readonly effect: ProviderFailureDetails['effect'];
}

function refused(type: FailureType, retries = false): StatusRule {
  return { type, retries, effect: 'none' };
}

/** Waiting does not heal these: somebody has to pay, or to raise a limit. */
const quotaCodes = [
  'insufficient_quota',
  'credit_balance_exhausted',
  'organization_spend_limit_exceeded',
  'project_spend_limit_exceeded',
  'organization_usage_limit_exceeded',
];

/** Codes that say more than the status with which they come. */
const ruleByCode: ReadonlyMap<string, StatusRule> = new Map([
  ...quotaCodes.map((code) => [code, refused(failureTypes.quotaExhausted)] as const),
  ['rate_limit_exceeded', refused(failureTypes.rateLimited, true)],
  ['slow_down', refused(failureTypes.rateLimited, true)],
  ['server_is_overloaded', refused(failureTypes.overloaded, true)],
  // With HTTP 400, but it heals by itself: one response at a time works on a conversation.
  ['conversation_locked', refused(failureTypes.conflict, true)],
  ['previous_response_not_found', refused(failureTypes.notFound)],
]);

/** The rule for an error reply. A 4xx is a refusal: nothing was made. */
export function ruleFor(status: number, code: string | undefined, type: string | undefined): StatusRule {
  const rule = ruleByCode.get(code ?? '') ?? ruleByCode.get(type ?? '');
  if (rule !== undefined) return rule;
  switch (status) {
    case 400:
    case 422:
      return refused(failureTypes.invalidRequest);
    case 401:
      return refused(failureTypes.authentication);
    case 403:
      return refused(failureTypes.permission);
    case 404:
      return refused(failureTypes.notFound);
    case 408:
      return { type: failureTypes.timeout, retries: true, effect: 'unknown' };
    case 409:
      return refused(failureTypes.conflict, true);
    case 429:
      return refused(failureTypes.rateLimited, true);
    default:
      return status >= 500
        ? { type: failureTypes.serverError, retries: true, effect: 'unknown' }
        : refused(failureTypes.invalidRequest);
  }
}
