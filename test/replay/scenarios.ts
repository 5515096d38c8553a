import { assistantScenarios } from './scenarios/assistant.ts';
import { responseScenarios } from './scenarios/response.ts';
import type { Scenario } from './scenarios/scenario.ts';

export type { Scenario } from './scenarios/scenario.ts';

/** Every kind of run that exists. A later kind is one more entry, recorded by the release that brings it. */
export const scenarios: readonly Scenario[] = [...assistantScenarios, ...responseScenarios];
