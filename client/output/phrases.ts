import { callKinds, totalCalls, type CallCounts, type CallKind } from '../../core/calls.ts';
import type { AttemptRecord } from '../../core/result.ts';
import type { Usage } from '../../core/usage.ts';
import type { Paint } from './output.ts';

/** 1 call, 2 calls. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** What people read for a kind of call. */
const callNames: Record<CallKind, string> = {
  prepare: 'thread',
  create: 'create',
  find: 'find',
  retrieve: 'read',
  submitToolOutputs: 'submit',
  cancel: 'cancel',
  readOutput: 'answer',
};

/** thread 1, create 1, read 2; empty when there were none. */
export function listCalls(calls: CallCounts): string {
  return callKinds
    .filter((kind) => calls[kind] !== undefined)
    .map((kind) => `${callNames[kind]} ${calls[kind]}`)
    .join(', ');
}

/** 4 provider calls (thread 1, create 1, read 2). */
export function describeCalls(calls: CallCounts): string {
  const kinds = listCalls(calls);
  const total = count(totalCalls(calls), 'provider call');
  return kinds === '' ? total : `${total} (${kinds})`;
}

/** 2 attempts (expired, completed). */
export function describeAttempts(attempts: readonly AttemptRecord[]): string {
  const total = count(attempts.length, 'attempt');
  return attempts.length < 2 ? total : `${total} (${attempts.map(({ outcome }) => outcome).join(', ')})`;
}

export interface ToolCounts {
  readonly toolRounds: number;
  readonly toolCalls: number;
  readonly toolCallsReused: number;
}

/** 2 tool rounds (3 calls, 1 reused). */
export function describeTools({ toolRounds, toolCalls, toolCallsReused }: ToolCounts): string {
  if (toolRounds === 0) return '0 tool rounds';
  const reused = toolCallsReused === 0 ? '' : `, ${toolCallsReused} reused`;
  return `${count(toolRounds, 'tool round')} (${count(toolCalls, 'call')}${reused})`;
}

/** 57 tokens (41 in, 32 of them cached, 16 out, 4 of them reasoning). */
export function describeUsage(usage: Usage): string {
  const cached = usage.cachedTokens === 0 ? '' : `, ${usage.cachedTokens} of them cached`;
  const reasoning = usage.reasoningTokens === 0 ? '' : `, ${usage.reasoningTokens} of them reasoning`;
  return (
    `${count(usage.totalTokens, 'token')} ` +
    `(${usage.inputTokens} in${cached}, ${usage.outputTokens} out${reasoning})`
  );
}

/** Local time: 2026-03-01 17:04:05. */
export function formatTime(timeMs: number): string {
  return new Date(timeMs).toLocaleString('sv-SE');
}

/** A run's status in its colour. */
export function paintStatus(status: string, paint: Paint): string {
  switch (status) {
    case 'completed':
      return paint('green', status);
    case 'running':
      return paint('yellow', status);
    default:
      return paint('red', status);
  }
}
