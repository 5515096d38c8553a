import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { RunReport } from '../core/report.ts';
import type { WakeUp } from '../core/wakeUp.ts';

/** The name under which the workflow is registered: what `temporal workflow start --type` wants. */
export const openaiRunType = 'openaiRun';

/** Sent by the bridge: something happened at the provider. Delivering one twice is harmless. */
export const wakeUpSignal = defineSignal<[WakeUp]>('wakeUp');

/** What the run is doing, and all it has counted so far. Works on ended runs too, as long as Temporal keeps them. */
export const runReportQuery = defineQuery<RunReport>('runReport');
