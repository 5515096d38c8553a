import { z } from 'zod';

const MAX_METADATA_PAIRS = 16;
const MAX_METADATA_KEY = 64;

/** Up to 16 pairs; keys of up to 64 characters, values of up to 512. */
export const metadata = z.record(z.string(), z.string().max(512)).superRefine((pairs, check) => {
  const keys = Object.keys(pairs);
  if (keys.length > MAX_METADATA_PAIRS) {
    check.addIssue({
      code: 'custom',
      message: `Invalid 'metadata': too many properties. Expected an object with at most ${MAX_METADATA_PAIRS} properties, but got an object with ${keys.length} properties instead.`,
      params: { code: 'object_above_max_properties' },
    });
  }
  const long = keys.find((key) => key.length > MAX_METADATA_KEY);
  if (long !== undefined) {
    check.addIssue({
      code: 'custom',
      message: `Invalid 'metadata': property name too long. Expected property names with maximum length ${MAX_METADATA_KEY}, but got one with length ${long.length} instead.`,
      params: { code: 'property_name_above_max_length' },
    });
  }
});
