import { condition } from '@temporalio/workflow';
import { believe, isNews, observe } from '../core/attempt.ts';
import { leftUntilLimitMs, planWait, type WaitLimit, type WaitSituation } from '../core/schedule.ts';
import type { Snapshot } from '../core/snapshot.ts';
import { formatDuration, ordinal } from '../core/story.ts';
import { callProvider, isProblem } from './callProvider.ts';
import { continueAsNewIfDue, type DurableRun } from './durableRun.ts';
import { unlessTold } from './unlessTold.ts';

export type News =
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly kind: 'limit'; readonly limit: WaitLimit };

/**
 * Waits until the attempt has ended or asks for tools, or a limit of the policy is reached. Sleeps on a durable timer, which a
 * webhook cuts short; looks when the timer ends. Never looks right after a create or a submit: `seen` is their answer.
 */
export async function waitForNews(run: DurableRun, seen: Snapshot | undefined): Promise<News> {
  const attempt = run.current;
  if (seen !== undefined) {
    if (isNews(attempt, seen)) return accept(run, seen, null);
    observe(run.progress, attempt, seen);
  }

  for (;;) {
    // Before anything is taken out of the inbox: what waits there is carried over, and a fast provider cannot put this off for ever.
    await continueAsNewIfDue(run);

    run.collectOrphans();
    const told = readInbox(run);
    if (told.kind === 'news') return accept(run, told.snapshot, 'webhook');
    if (told.kind === 'hint') {
      const looked = await look(run);
      if (looked !== undefined) return looked;
    }

    const plan = planWait(situationOf(run));
    if (plan.kind === 'limit') return plan;

    const summary = `waiting ${formatDuration(plan.delayMs)} or for a webhook`;
    run.note(summary);
    const sleptAtMs = Date.now();
    const woken = await condition(() => run.inbox.hasFor(attempt.ref), plan.delayMs, { summary });
    const sleptMs = Date.now() - sleptAtMs;
    attempt.waitedMs += sleptMs;
    if (woken) continue;

    const looked = await look(run);
    if (looked !== undefined) return looked;
    // A provider that is slow to answer keeps us waiting, too.
    attempt.waitedMs += Date.now() - sleptAtMs - sleptMs;
    run.publish(attempt.status);
  }
}

function situationOf(run: DurableRun): WaitSituation {
  const { current: attempt, policy, progress } = run;
  return { nowMs: Date.now(), startedAtMs: progress.startedAtMs, attempt, policy };
}

function accept(run: DurableRun, snapshot: Snapshot, learntFrom: 'webhook' | 'check' | null): News {
  observe(run.progress, run.current, snapshot);
  run.progress.learntFrom = learntFrom ?? run.progress.learntFrom;
  return { kind: 'snapshot', snapshot };
}

type Told =
  | { readonly kind: 'news'; readonly snapshot: Snapshot }
  /** A webhook came, but does not say what it is about: time to look. */
  | { readonly kind: 'hint' }
  | { readonly kind: 'nothing' };

function readInbox(run: DurableRun): Told {
  const attempt = run.current;
  let told: Told = { kind: 'nothing' };
  for (const wakeUp of run.inbox.takeFor(attempt.ref)) {
    const { snapshot } = wakeUp;
    // Only calls of ours tell what the API knows: a webhook's 404 is looked into, and what it brings does not make later ones certain.
    if (snapshot === undefined || snapshot.status === 'lost') {
      if (told.kind === 'nothing') told = { kind: 'hint' };
    } else if (isNews(attempt, snapshot)) {
      // Events come in any order: an end outweighs whatever else was in the inbox.
      if (told.kind !== 'news' || told.snapshot.status === 'requires_action')
        told = { kind: 'news', snapshot };
    } else {
      observe(run.progress, attempt, snapshot);
    }
  }
  return told;
}

/** Checks the status. A webhook that brings a snapshot meanwhile ends the check: the provider may be hard to reach. */
async function look(run: DurableRun): Promise<News | undefined> {
  const attempt = run.current;
  attempt.checks += 1;
  const summary = `check the status, ${ordinal(attempt.checks)} time`;
  run.note(summary);

  const withinMs = leftUntilLimitMs(situationOf(run));
  const reply = await unlessTold(
    () =>
      callProvider(run, { summary, repeatable: 'read', counts: 'retrieve', withinMs }, (activities) =>
        activities.retrieveRun({ ...run.target, ref: attempt.ref }),
      ),
    () => run.inbox.hasSnapshotFor(attempt.ref),
  );

  if (reply === undefined) return undefined;
  // A check that failed is not the end of the run: the next one, or a webhook, will tell.
  if (isProblem(reply)) {
    run.note(`${summary} failed: ${reply.message}`);
    return undefined;
  }
  if (!believe(attempt, reply.snapshot)) {
    run.note(`${summary} found nothing yet`);
    return undefined;
  }
  if (isNews(attempt, reply.snapshot)) return accept(run, reply.snapshot, 'check');
  observe(run.progress, attempt, reply.snapshot);
  return undefined;
}
