import type { Problem } from './problem.ts';

/** What stood in the way of a call. */
export type EndpointFailure =
  /** The server has no API for webhook endpoints at all. */
  | { readonly kind: 'no_api' }
  | { readonly kind: 'unknown_endpoint'; readonly id: string }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** The only error that `WebhookEndpoints` throws. Its message holds no secret. */
export class WebhookEndpointsError extends Error {
  override readonly name = 'WebhookEndpointsError';
  readonly failure: EndpointFailure;

  constructor(failure: EndpointFailure) {
    super(describeFailure(failure));
    this.failure = failure;
  }
}

function describeFailure(failure: EndpointFailure): string {
  switch (failure.kind) {
    case 'no_api':
      return 'This server has no webhook endpoints API';
    case 'unknown_endpoint':
      return `There is no webhook endpoint with the id '${failure.id}'`;
    case 'problem':
      return failure.problem.message;
  }
}
