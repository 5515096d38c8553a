import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { downloadWithSdk } from '../../scripts/temporal/sdk-download.ts';
import { RecordedProgress, temporaryFolder } from './support.ts';

/** Runs the download with `body` in place of the SDK; `folder` and `version` are its arguments. */
function downloadWith(body: string, stallMs?: number) {
  const folder = temporaryFolder();
  const processScript = path.join(temporaryFolder(), 'sdk.mjs');
  writeFileSync(
    processScript,
    `import fs from 'node:fs';\nconst [folder, version] = process.argv.slice(2);\n${body}`,
  );
  const request = { folder, version: '1.9.1', env: process.env, progress: new RecordedProgress() };
  return downloadWithSdk(request, stallMs === undefined ? { processScript } : { processScript, stallMs });
}

test('ends as soon as the executable is there, without waiting for the SDK', async () => {
  const result = await downloadWith(
    "fs.writeFileSync(`${folder}/temporal-v${version}`, 'x'); setInterval(() => {}, 1e6);",
  );
  expect(result).toMatchObject({ kind: 'obtained', executable: expect.stringMatching(/temporal-v1\.9\.1$/) });
});

test('an executable that appears just before the end counts', async () => {
  const result = await downloadWith(
    "fs.writeFileSync(`${folder}/temporal-v${version}`, 'x'); process.exit(1);",
  );
  expect(result.kind).toBe('obtained');
});

test('tells the last causes that the SDK names', async () => {
  const result = await downloadWith(
    "console.error('failed: request: dns error: no such host'); process.exit(1);",
  );
  expect(result).toEqual({ kind: 'unavailable', reason: 'request: dns error: no such host' });
});

test('gives up when nothing comes', async () => {
  const result = await downloadWith('setInterval(() => {}, 1e6);', 10);
  expect(result).toEqual({ kind: 'unavailable', reason: 'nothing came from temporal.download for 0.01 s' });
});
