import { z } from 'zod';
import { ApiError } from '../errors.ts';

/** The query of every list endpoint. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().optional(),
  before: z.string().optional(),
});

export type PageQuery = z.output<typeof pageQuery>;

/** A page of a list, as the API writes it. */
export interface Page<T> {
  object: 'list';
  data: T[];
  first_id: string | null;
  last_id: string | null;
  has_more: boolean;
}

/**
 * The page of `items` (oldest first) that the query asks for: those after `after`, or the last ones before `before`.
 * @throws ApiError 400 when a cursor is not in the list.
 */
export function page<T extends { id: string }>(items: readonly T[], query: PageQuery): Page<T> {
  const ordered = query.order === 'asc' ? items : items.toReversed();
  const from = query.after === undefined ? 0 : indexOf(ordered, 'after', query.after) + 1;
  const to = query.before === undefined ? ordered.length : indexOf(ordered, 'before', query.before);
  const candidates = ordered.slice(from, to);
  // `before` alone pages backwards: it wants the neighbours of its cursor, not the start of the list.
  const backwards = query.before !== undefined && query.after === undefined;
  const data = backwards ? candidates.slice(-query.limit) : candidates.slice(0, query.limit);
  return {
    object: 'list',
    data,
    first_id: data.at(0)?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: candidates.length > data.length,
  };
}

function indexOf(items: readonly { id: string }[], param: string, id: string): number {
  const index = items.findIndex((item) => item.id === id);
  if (index >= 0) return index;
  throw new ApiError(400, {
    message: `Invalid '${param}': no object with id '${id}' in this list.`,
    type: 'invalid_request_error',
    param,
    code: 'invalid_value',
  });
}
