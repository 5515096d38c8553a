import { inject } from 'vitest';
import { dialectOf, type Dialect } from './dialects.ts';

/** Of the provider that the tests run with this time: a file of its own, for the configuration reads the other. */
export const dialect: Dialect = dialectOf(inject('provider') ?? 'assistant');
