/* For workers of your own: the same runs, with your tools beside them. */
export { createWorkers, runWorkers, type WorkersOptions } from './createWorkers.ts';
export { runWorkerProcess } from './runWorkerProcess.ts';
export { workflowSources, type WorkflowSources } from './workflowCode.ts';
export { defineTool, type Tool, type ToolContext, type ToolOptions } from '../tools/tool.ts';
export { readPayloadKeys, type PayloadKeys } from '../codec/payloadKeys.ts';
export type { Account } from '../providers/account.ts';
