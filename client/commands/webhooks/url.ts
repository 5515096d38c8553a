import { hidePassword } from '../../../config/environment.ts';
import { webhookPathOf } from '../../../config/webhookPath.ts';
import { UsageError } from '../errors.ts';

export interface EndpointUrl {
  readonly url: string;
  /** What the user should know about it: what was added, or what looks odd. */
  readonly hints: readonly string[];
}

/**
 * The URL that OpenAI is to deliver to, out of what was given: with the bridge's path, if it had none.
 *
 * @throws {UsageError} unless OpenAI could deliver to it
 */
export function readEndpointUrl(given: string, account: string): EndpointUrl {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol !== 'https:')
    throw new UsageError(
      `--url: expected a public https:// URL, for OpenAI delivers webhooks to nothing else; got '${hidePassword(given)}'. ` +
        'Put a tunnel or a reverse proxy with TLS before the bridge (see docs/webhooks.md), and give its URL.',
    );
  if (url.username !== '' || url.password !== '')
    throw new UsageError(
      '--url: expected a URL without a user name or password; got one with them. ' +
        'Leave them out: the signature of a webhook proves who sent it.',
    );
  const path = webhookPathOf(account);
  if (url.pathname === '/') {
    url.pathname = path;
    return { url: url.href, hints: [`The URL had no path: the bridge's was added, ${path}.`] };
  }
  const hint =
    `The path of the URL is ${url.pathname}, and the bridge takes in the webhooks of this account at ${path}: ` +
    'see to it that your proxy rewrites it.';
  return { url: url.href, hints: url.pathname === path ? [] : [hint] };
}

/** Whether a delivery to one would be a delivery to the other. */
export function isSameUrl(one: string, other: string): boolean {
  return normalize(one) === normalize(other);
}

function normalize(text: string): string {
  if (!URL.canParse(text)) return text;
  const { origin, pathname, search } = new URL(text);
  return `${origin}${pathname.replace(/\/+$/, '')}${search}`;
}
