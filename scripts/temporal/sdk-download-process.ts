// Run by sdk-download.ts: node sdk-download-process.ts <folder> <version>

import { TestWorkflowEnvironment } from '@temporalio/testing';

const [downloadDir, version] = process.argv.slice(2);
if (downloadDir === undefined || version === undefined) throw new Error('usage: <folder> <version>');

try {
  // The SDK has no call that only downloads: this one downloads and then starts a server. `--help` makes that start
  // print and end, so that no server is ever running and this process may be ended at any time.
  await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'cached-download', downloadDir, version: `v${version}`, ttl: '3650 days' },
      extraArgs: ['--help'],
    },
  });
} catch (error) {
  console.error(error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error));
  process.exitCode = 1;
}
