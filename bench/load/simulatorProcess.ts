import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { usageOf, type Usage } from './usage.ts';

/** The simulator as its users start it: a process of its own. */
export interface SimulatorProcess {
  baseURL: string;
  usage(): Usage;
  stop(): Promise<void>;
}

export async function startSimulatorProcess(options: {
  webhookUrl: string;
  queueMs: number;
}): Promise<SimulatorProcess> {
  const main = join(import.meta.dirname, '../../simulator/main.ts');
  const args = ['--port', '0', '--webhook-url', options.webhookUrl, '--queue-ms', String(options.queueMs)];
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, SIMULATOR_WEBHOOK_SECRET: 'whsec_YmVuY2htYXJr' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  let output = '';
  while (!/http\S+\/v1/.test(output)) {
    const [chunk]: unknown[] = await once(child.stdout, 'data');
    output += String(chunk);
  }
  const [baseURL = ''] = /http\S+\/v1/.exec(output) ?? [];
  return {
    baseURL,
    usage: () => usageOf(child.pid ?? 0),
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
