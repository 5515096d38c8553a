import * as z from 'zod';

/** The ends of a response. There are no events for its beginning, nor for calling a tool: that is `response.completed` too. */
export const responseEventTypes = [
  'response.completed',
  'response.failed',
  'response.incomplete',
  'response.cancelled',
] as const;

const eventSchema = z.object({
  type: z.enum(responseEventTypes),
  data: z.object({ id: z.string().min(1) }),
});

/** The id of the response that an event says has ended: the payload holds nothing else. undefined for every other event. */
export function readResponseEvent(event: unknown): string | undefined {
  return eventSchema.safeParse(event).data?.data.id;
}
