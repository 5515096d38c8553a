import { testAborts } from './aborts.ts';
import { testRuns } from './anywhere.ts';
import { testCancel } from './cancel.ts';
import { testEffects } from './effects.ts';
import { testLifecycle } from './lifecycle.ts';
import { testLostCalls } from './lostCalls.ts';
import { testPreparation } from './preparation.ts';
import { testReadsUnderFaults } from './reads.ts';
import { testSecrets } from './secrets.ts';
import type { Subject } from './subject.ts';
import { testToolLoop } from './toolLoop.ts';
import { testWebhooks } from './webhooks.ts';

/*
 * The contract of providers/provider.ts as tests, one file for each of its themes. Nothing here knows a provider's name, nor how its API
 * looks.
 */

/** What any server must be able to show. */
export function testAnywhere(subject: Subject): void {
  testRuns(subject);
}

/** What wants faults, scripts and webhooks at will, and a server that tells what really happened. */
export function testAtSimulator(subject: Subject): void {
  testLifecycle(subject);
  testToolLoop(subject);
  testCancel(subject);
  testLostCalls(subject);
  testEffects(subject);
  testPreparation(subject);
  testReadsUnderFaults(subject);
  testAborts(subject);
  testWebhooks(subject);
  testSecrets(subject);
}
