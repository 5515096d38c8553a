import { expect, onTestFinished, test, vi } from 'vitest';
import { createClient } from '../../providers/account.ts';
import { accountOf, serve } from './support.ts';

/** What one call sends to the account's server, and prints, in an environment. */
async function callWith(environment: Record<string, string>): Promise<{ sent: string; printed: string }> {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const spies = (['debug', 'info', 'log', 'warn', 'error'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation(() => {}),
  );
  onTestFinished(() => {
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  });
  let sent = '';
  const baseURL = await serve((request, response) => {
    sent = request.rawHeaders.join('\n');
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await createClient(accountOf(baseURL)).responses.create({ model: 'gpt-sim', input: 'a prompt' });
  return { sent, printed: JSON.stringify(spies.map((spy) => spy.mock.calls)) };
}

test('what OpenAI’s SDK reads from the environment for itself is not sent to an account’s server', async () => {
  const { sent } = await callWith({
    OPENAI_ORG_ID: 'org-x',
    OPENAI_PROJECT_ID: 'proj_x',
    OPENAI_ADMIN_KEY: 'sk-x',
  });
  expect(sent).toContain('Bearer sk-simulator');
  expect(sent).not.toMatch(/org-x|proj_x|sk-x/);
});

test('nor does it have the SDK print requests', async () => {
  const { sent, printed } = await callWith({ OPENAI_LOG: 'debug' });
  expect(sent).toContain('Bearer sk-simulator');
  expect(printed).toBe('[[],[],[],[],[]]');
});
