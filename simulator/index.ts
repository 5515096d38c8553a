/**
 * An OpenAI-compatible server for use without a key: asynchronous runs with scripted behaviour, signed webhooks, faults
 * on demand, and a log of everything that happened. See README.md in this folder.
 *
 * @module
 */
export { startSimulator } from './start.ts';
export type { Simulator } from './start.ts';
export type { SimulatorOptions, WebhookEndpoint } from './options.ts';
export type { Logger } from './logger.ts';
export type { ActiveRule } from './faults/rules.ts';
export type { FaultRuleInput, HttpFault, WebhookFault } from './faults/table.ts';
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
export { SCRIPT_KEY } from './runs/script.ts';
export type { Script, ScriptSource } from './runs/script.ts';
export { SIMULATOR_ASSISTANT_ID, SIMULATOR_MODEL } from './store.ts';
