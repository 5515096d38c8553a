import type { IdFactory } from '../ids.ts';
import type { ThreadObject } from './objects.ts';
import type { NewToolResources } from './toolSchemas.ts';

/** Tool resources as they are sent, turned into those that are kept: a new vector store leaves nothing but its id. */
export function toToolResources(
  sent: NewToolResources | null | undefined,
  nextId: IdFactory,
): ThreadObject['tool_resources'] {
  if (!sent) return null;
  const { file_search: fileSearch, ...rest } = sent;
  if (!fileSearch) return rest;
  const made = (fileSearch.vector_stores ?? []).map(() => nextId('vs'));
  return { ...rest, file_search: { vector_store_ids: [...(fileSearch.vector_store_ids ?? []), ...made] } };
}
