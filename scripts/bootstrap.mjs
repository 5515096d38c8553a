// `npm start` and `npm test` come in here, from a fresh clone too:
//
//   node scripts/bootstrap.mjs <file.ts | command> [args…]
//
// Installs the dependencies where they are missing or older than package-lock.json, then runs the file or command
// with the project's own Node and tools first in PATH. Plain JavaScript without dependencies, because it runs on
// whatever Node the machine has, before anything is installed. The other modules are loaded after the version check, so that an
// old Node meets this message and not a syntax error.

import process from 'node:process';

const lowestNodeMajor = 20;

if (Number.parseInt(process.versions.node, 10) < lowestNodeMajor) {
  console.error(
    `This project needs Node ${lowestNodeMajor} or newer to start; this is Node ${process.versions.node} (${process.execPath}).\n` +
      'Install a newer one from https://nodejs.org or with your version manager, then run the same command again.',
  );
  process.exit(2);
}

const { bootstrap } = await import('./bootstrap/main.mjs');
await bootstrap(process.argv.slice(2));
