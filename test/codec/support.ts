import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { readPayloadKeys, type PayloadKeys } from '../../codec/payloadKeys.ts';
import { isObject } from '../../core/json.ts';

/** An entry of PAYLOAD_ENCRYPTION_KEYS with a key of its own. */
export function newEntry(id: string): string {
  return `${id}:${randomBytes(32).toString('base64')}`;
}

/** The keys of these entries, of which the first encrypts. */
export function keysOf(...entries: readonly string[]): PayloadKeys {
  return readPayloadKeys({ PAYLOAD_ENCRYPTION_KEYS: entries.join(',') });
}

/** What Temporal has of a run, and shows to whoever may read: its history, and its description. */
export async function storedOf({ workflow }: Client, workflowId: string): Promise<unknown> {
  const handle = workflow.getHandle(workflowId);
  const { raw } = await handle.describe();
  return { history: await handle.fetchHistory(), description: raw };
}

/** Every text in it, names and bytes included. */
export function textsIn(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map(textsIn).join('\n');
  if (!isObject(value)) return '';
  return Object.entries(value)
    .map(([name, part]) => `${name}\n${textsIn(part)}`)
    .join('\n');
}

/** A payload in what Temporal has stored. */
export interface StoredPayload {
  /** The names that lead to it. */
  readonly at: string;
  readonly encoding: string;
  readonly keyId: string;
}

/** Every payload in it. */
export function payloadsIn(value: unknown, at = ''): StoredPayload[] {
  if (Array.isArray(value)) return value.flatMap((part) => payloadsIn(part, at));
  if (!isObject(value) || value instanceof Uint8Array) return [];
  const { metadata } = value;
  if (isObject(metadata) && metadata['encoding'] instanceof Uint8Array)
    return [{ at, encoding: textsIn(metadata['encoding']), keyId: textsIn(metadata['encryption-key-id']) }];
  return Object.entries(value).flatMap(([name, part]) => payloadsIn(part, `${at}/${name}`));
}
