import { apiInjections } from './api.ts';
import { forgeryInjections } from './forgeries.ts';
import type { Injection } from './injection.ts';
import { networkInjections } from './network.ts';
import { processInjections } from './processes.ts';

/** Everything that can go wrong in a campaign. A later sort is one more entry. */
export const injections: readonly Injection[] = [
  ...processInjections,
  ...networkInjections,
  ...apiInjections,
  ...forgeryInjections,
];
