#!/usr/bin/env node
import { runCommandLine } from './commandLine.ts';

// Whoever reads our output may stop reading: `runs list | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const { env: environment, stdin, stdout, stderr } = process;
process.exitCode = await runCommandLine(process.argv.slice(2), { environment, stdin, stdout, stderr });
