import * as z from 'zod';
import { maximumUserMetadataPairs, reservedMetadataPrefix } from '../core/tag.ts';

/** The metadata of a user's request: what OpenAI takes, less what the run needs for itself. */
export const metadataSchema = z
  .record(z.string().max(64), z.string().max(512))
  .refine(
    (metadata) => Object.keys(metadata).length <= maximumUserMetadataPairs,
    `at most ${maximumUserMetadataPairs} pairs: the others of OpenAI's 16 are the run's own`,
  )
  .refine(
    (metadata) => !Object.keys(metadata).some((key) => key.startsWith(reservedMetadataPrefix)),
    `keys that begin with ${reservedMetadataPrefix} are the run's own`,
  );
