import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ProviderFailureDetails } from '../../core/failures.ts';

type Info = NonNullable<ConstructorParameters<typeof MockActivityEnvironment>[0]>;

/** Failures are what many of these tests are about: the SDK need not warn of them. */
export const logger = new DefaultLogger('ERROR');

/** Runs an activity with this said of it, and gives what it answers. */
export function runActivity<Reply>(info: Info, activity: () => Promise<Reply>): Promise<Reply> {
  return new MockActivityEnvironment({ startToCloseTimeoutMs: 30_000, ...info }, { logger }).run(activity);
}

/** The failure that an activity ends with; fails the test when it ends in another way. */
export async function failureOf(activity: Promise<unknown>): Promise<ApplicationFailure> {
  let reply: unknown;
  try {
    reply = await activity;
  } catch (error) {
    if (error instanceof ApplicationFailure) return error;
    throw error;
  }
  throw new Error(`It went well: ${JSON.stringify(reply)}`);
}

/** What a provider activity's failure says of the call, as the workflow gets it. */
export function detailsOf(failure: ApplicationFailure): Partial<ProviderFailureDetails> {
  const details: unknown = failure.details?.[0];
  return typeof details === 'object' && details !== null ? details : {};
}
