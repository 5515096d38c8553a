/*
 * What the runs of a worker share: loaded once, before the first run, and frozen by the SDK (`preloadModules`). Every run would have its own zod
 * and its own schemas otherwise: a megabyte of memory and a hundredth of a second for each. Only what keeps no state belongs here.
 *
 * The freezing goes to the bottom of all that these modules export. A schema keeps notes on itself while it parses, and could not any more: it
 * must not be exported as it is, nor within an object. What is in a function cannot be reached.
 */
export { readFailureDetails } from '../core/failures.ts';
export { checkRunInput } from '../core/input.ts';
export { readWakeUp } from '../core/wakeUpSchema.ts';
