/**
 * An OpenAI-compatible server for use without a key: asynchronous runs with scripted behaviour, signed webhooks, faults
 * on demand, and a log of everything that happened. See README.md in this folder.
 *
 * @module
 */
export { startSimulator } from './start.ts';
export type { Simulator } from './start.ts';
export type { HttpWebhooks, SimulatorOptions, WebhookEndpoint } from './options.ts';
export type { Logger } from './logger.ts';
export type { ActiveRule } from './faults/rules.ts';
export type {
  FaultRuleInput,
  HttpFaultInput as HttpFault,
  WebhookFaultInput as WebhookFault,
} from './faults/table.ts';
export type { TimeMode, TimeState } from './clock.ts';
export type { ApiKeyInput } from './http/keys.ts';
export type { Report, ReportQuery, TagReport } from './report/report.ts';
export type { Violation } from './report/violations.ts';
export type { Delivery, DeliveryFilter, DeliveryState, DeliveryTry } from './webhooks/deliveries.ts';
export type {
  DeliveryEntry,
  FaultEntry,
  LogEntry,
  LogFilter,
  LogKind,
  RequestEntry,
  RunEntry,
  Subject,
} from './log.ts';
export { RUN_EVENT_TYPES } from './webhooks/events.ts';
export { SCRIPT_KEY } from './script/read.ts';
export type { ResponseScript, ResponseScriptSource, Script, ScriptSource } from './script/format.ts';
export { SIMULATOR_ASSISTANT_ID, SIMULATOR_MODEL } from './store.ts';
