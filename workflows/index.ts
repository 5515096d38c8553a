/*
 * What the workflow bundle holds: every function exported here is a workflow type. Safe to import into workflow code, and into
 * clients for its types and message definitions.
 */
export { openaiRun } from './openaiRun.ts';
export { openaiRunType, runReportQuery, wakeUpSignal } from './messages.ts';
