import path from 'node:path';
import { expect, it } from 'vitest';
import { useSimulator } from '../support.ts';
import { pythonClient, runPython } from './venv.ts';

// One process for everything: starting Python with its client costs more than all that it does here.

it('the official Python client works unchanged', { timeout: 300_000 }, async (test) => {
  const client = await pythonClient();
  if ('missing' in client) return test.skip(`not tried: ${client.missing}`);

  const simulator = await useSimulator();
  const script = path.join(import.meta.dirname, 'client.py');
  const results: unknown = JSON.parse(await runPython(client.python, script, [simulator.url]));
  expect(results).toEqual({
    create_and_poll: { status: 'completed', answer: '2+2 = 4.', tokens: expect.any(Number) },
    create_and_run_poll: { status: 'completed', answer: '6*7 = 42.' },
    submit_tool_outputs_and_poll: {
      waiting: 'requires_action',
      status: 'completed',
      answer: expect.stringContaining('= 5'),
      steps: ['message_creation', 'tool_calls'],
    },
    stream: { first: 'thread.run.created', last: 'thread.run.completed', text: '3+4 = 7.' },
    response_in_background: { created: 'queued', status: 'completed', text: '2+2 = 4.' },
    webhook: { type: 'response.completed', same: true, forged: 'refused' },
    errors: [
      ['NotFoundError', 404, true],
      ['NotFoundError', 404, true],
      ['AuthenticationError', 401, true],
    ],
  });
});
