import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';

/** One folder for each release, with a file for each execution. */
export const historiesFolder: string = path.join(import.meta.dirname, 'histories');

export interface RecordedHistory {
  /** Release and scenario, such as `0.1.0/tools`. */
  readonly name: string;
  /** Part of what a run decides by: a replay must know it. */
  readonly workflowId: string;
  readonly runId: string;
  readonly history: unknown;
}

const historySchema = z.looseObject({
  events: z.tuple(
    [
      z.looseObject({
        workflowExecutionStartedEventAttributes: z.looseObject({ originalExecutionRunId: z.string() }),
      }),
    ],
    z.unknown(),
  ),
});

/** The workflow id under which a scenario is recorded. */
export function recordedId(scenario: string): string {
  return `recorded-${scenario}`;
}

/** The scenario of a file: one that continued as new has a numbered file for each execution. */
export function scenarioOf(file: string): string {
  return path.basename(file, '.json').replace(/-\d+$/, '');
}

export function readHistories(): RecordedHistory[] {
  return readdirSync(historiesFolder).flatMap((release) =>
    readdirSync(path.join(historiesFolder, release)).map((file) => {
      const text = readFileSync(path.join(historiesFolder, release, file), 'utf8');
      const history = historySchema.parse(JSON.parse(text));
      return {
        name: `${release}/${path.basename(file, '.json')}`,
        workflowId: recordedId(scenarioOf(file)),
        runId: history.events[0].workflowExecutionStartedEventAttributes.originalExecutionRunId,
        history,
      };
    }),
  );
}
