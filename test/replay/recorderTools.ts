import * as z from 'zod';
import { defineTool, type Tool } from '../../tools/tool.ts';

/** A tool that fails however often it is tried. */
export const refuse: Tool = defineTool({
  name: 'refuse',
  description: 'Fails',
  parameters: z.object({}),
  retry: { maximumAttempts: 2, initialMs: 10 },
  execute: () => {
    throw new Error('Not today.');
  },
});

/** A tool that is done only when nobody waits for it any more. */
export class LingeringTool {
  readonly isExecuted: Promise<void>;
  readonly tool: Tool;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.isExecuted = promise;
    this.tool = defineTool({
      name: 'linger',
      description: 'Waits until it is called off',
      parameters: z.object({}),
      timeoutMs: 3_000,
      execute: (_given, { signal }) => {
        resolve();
        return new Promise((done) => signal.addEventListener('abort', () => done('called off')));
      },
    });
  }
}
