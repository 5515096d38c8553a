import { z } from 'zod';

/** The body of `POST /_simulator/webhooks`. */
export const webhookBody = z.strictObject({
  url: z.url(),
  secret: z.string().min(1),
  eventTypes: z.array(z.string()).min(1).optional(),
});
