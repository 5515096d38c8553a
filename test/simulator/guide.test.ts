import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { pythonClient, runPython } from './python/venv.ts';
import { useSimulator } from './support.ts';

// Every snippet of the guide that is followed by its output is run as it stands, and must print that.

const root = join(import.meta.dirname, '../..');
const guide = readFileSync(join(root, 'docs/simulator.md'), 'utf8');

interface Snippet {
  language: string;
  /** The last heading before it, and which of its snippets it is. */
  name: string;
  code: string;
  output: string;
}

const snippets: Snippet[] = [...guide.matchAll(/^```(js|python)\n(.*?)^```\n\n```text\n(.*?)^```$/gms)].map(
  ({ index, 1: language = '', 2: code = '', 3: output = '' }, number) => {
    const heading = [...guide.slice(0, index).matchAll(/^## (.*)$/gm)].at(-1)?.[1] ?? '';
    return { language, name: `${number + 1}: ${heading}`, code, output };
  },
);

/** Only where the simulator is differs from what is printed: the test's own, and the package as it lies here. */
function adapt(code: string, url: string): string {
  return code
    .replaceAll('http://127.0.0.1:4010', url)
    .replaceAll('durable-runs/simulator', pathToFileURL(join(root, 'simulator/index.ts')).href);
}

function runJavaScript(code: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      cwd: root,
      timeout: 30_000,
      env: { ...process.env, NO_COLOR: '1' },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (exitCode) => {
      if (exitCode === 0) resolve(stdout);
      else reject(new Error(`The snippet ended with ${exitCode}:\n${stderr}`));
    });
  });
}

/** As a reader compares: without the spaces at the ends of lines. */
function lines(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.trimEnd());
}

describe('the guide', () => {
  it.for(snippets.filter(({ language }) => language === 'js'))(
    'prints what it says, in JavaScript: $name',
    async ({ code, output }) => {
      const simulator = await useSimulator();
      expect(lines(await runJavaScript(adapt(code, simulator.url)))).toEqual(lines(output));
    },
  );

  it.for(snippets.filter(({ language }) => language === 'python'))(
    'prints what it says, in Python: $name',
    { timeout: 300_000 },
    async ({ code, output }, test) => {
      const client = await pythonClient();
      if ('missing' in client) return test.skip(`not tried: ${client.missing}`);
      const simulator = await useSimulator();
      expect(lines(await runPython(client.python, '-c', [adapt(code, simulator.url)]))).toEqual(
        lines(output),
      );
    },
  );

  it('has no snippet that is not run, but shell commands', () => {
    const fences = [...guide.matchAll(/^```(\w+)$/gm)].map(([, language]) => language);
    expect(fences.filter((language) => language === 'js' || language === 'python')).toHaveLength(
      snippets.length,
    );
    expect(snippets.length).toBeGreaterThan(5);
  });
});
