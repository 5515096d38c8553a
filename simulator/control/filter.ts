import { z } from 'zod';
import type { LogFilter } from '../log.ts';
import { readQuery } from '../http/validation.ts';

const METADATA_PREFIX = 'metadata.';

const filterQuery = z.object({
  kind: z.enum(['request', 'run', 'delivery', 'fault']).optional(),
  endpoint: z.string().optional(),
  runId: z.string().optional(),
  threadId: z.string().optional(),
  after: z.coerce.number().int().min(0).optional(),
  related: z.stringbool().optional(),
});
const pairs = z.record(z.string(), z.unknown());

/**
 * The query of `/log` and `/counts`: `kind`, `endpoint`, `runId`, `threadId`, `after` (a seq),
 * `metadata.<key>=<value>` (any number of them), `related=true`. `/runs` and `/responses` heed `threadId` and `metadata` alone.
 */
export function readFilter(query: unknown): LogFilter {
  return { ...readQuery(filterQuery, query), metadata: readMetadata(query) };
}

/** The `metadata.<key>=<value>` of a query. */
export function readMetadata(query: unknown): Record<string, string> {
  const metadata = Object.entries(pairs.parse(query)).flatMap(([key, value]) =>
    key.startsWith(METADATA_PREFIX) && typeof value === 'string'
      ? [[key.slice(METADATA_PREFIX.length), value] as const]
      : [],
  );
  return Object.fromEntries(metadata);
}
