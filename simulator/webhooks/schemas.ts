import { z } from 'zod';
import type { HttpWebhooks } from '../options.ts';
import { EVENT_TYPES } from './catalogue.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Which URLs an endpoint may have: HTTPS, as the real API has it, and what the simulator's switch adds. */
function endpointUrl(http: HttpWebhooks) {
  return z.string().superRefine((text, check) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const allowed =
      url?.protocol === 'https:' ||
      (url?.protocol === 'http:' && (http === 'any' || (http === 'loopback' && LOOPBACK.test(url.hostname))));
    if (allowed) return;
    check.addIssue({
      code: 'custom',
      message: "Invalid 'url': the URL of a webhook endpoint must be an absolute HTTPS URL.",
      params: { code: 'invalid_value' },
    });
  });
}

const name = z.string().min(1).max(256);
const eventTypes = z.array(z.enum(EVENT_TYPES)).min(1);

/** The bodies of the webhook endpoint API. */
export function endpointBodies(http: HttpWebhooks) {
  const create = z.strictObject({ name, url: endpointUrl(http), event_types: eventTypes });
  return {
    create,
    update: z.strictObject({
      name: name.optional(),
      url: endpointUrl(http).optional(),
      event_types: eventTypes.optional(),
    }),
  };
}

export const rotateBody = z.strictObject({
  keep_old_secret_active_for_24_hours: z.boolean().default(false),
});

export const testBody = z.strictObject({ event_type: z.enum(EVENT_TYPES) });
