import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { withDirectoryLock } from './directory-lock.mjs';
import { decideInstall } from './install-decision.mjs';
import { runToEnd } from './run.mjs';

/** The dependencies could not be installed; the message says what to do. */
export class InstallError extends Error {
  name = 'InstallError';
}

/**
 * Runs `npm ci` where node_modules is not what package-lock.json says.
 *
 * @param {string} root the project's folder
 * @returns {Promise<{ code: number | null, signal: string | null } | undefined>} how npm ended, if a signal ended it
 * @throws {InstallError}
 */
export async function installWhenNeeded(root) {
  if (decide(root).kind === 'up-to-date') return undefined;
  return withDirectoryLock(
    path.join(root, '.durable-runs', 'install.lock'),
    { onWait: () => say('Waiting for another process that installs the dependencies…') },
    async () => {
      // Asked again: the process that we may have waited for has done it.
      const decision = decide(root);
      return decision.kind === 'up-to-date' ? undefined : install(root, decision.reason);
    },
  );
}

async function install(root, reason) {
  const npm = findNpm(root);
  say(`Installing dependencies (${reason}). This may take a minute…`);
  const startedMs = performance.now();
  const end = await runToEnd(
    npm.command,
    // Warnings are kept back because they are about this machine's Node, which only runs npm: the project runs on its own.
    // Development dependencies hold that Node, so they are named, whatever NODE_ENV says.
    [...npm.args, 'ci', '--loglevel=error', '--include=dev', '--no-audit', '--no-fund'],
    { cwd: root, env: { ...process.env, PATH: npm.path }, shell: npm.shell },
  );
  if (end.signal !== null) return end;
  if (end.code !== 0) {
    throw new InstallError(
      `Installing dependencies failed: \`npm ci\` in ${root} ended with exit code ${end.code}; its own message is above.\n` +
        'Repair what it names (a network or proxy, a registry setting, disk space), then run the same command again.',
    );
  }
  const after = decide(root);
  if (after.kind === 'install') {
    throw new InstallError(
      `\`npm ci\` ended well, but ${after.reason}.\n` +
        'Is npm told to leave something out (ignore-scripts, omit)? See `npm config ls`, then run the same command again.',
    );
  }
  say(`Installed in ${Math.round((performance.now() - startedMs) / 1000)} s.`);
  return undefined;
}

function decide(root) {
  const modules = path.join(root, 'node_modules');
  const wanted = readPackages(path.join(root, 'package-lock.json'));
  if (wanted === undefined) {
    throw new InstallError(
      `Cannot read ${path.join(root, 'package-lock.json')}: restore it with \`git checkout package-lock.json\`.`,
    );
  }
  return decideInstall({
    wanted,
    installed: readPackages(path.join(modules, '.package-lock.json')),
    hasProjectNode: ['node', 'node.exe'].some((name) => existsSync(path.join(modules, 'node', 'bin', name))),
    platform: process.platform,
    arch: process.arch,
  });
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return undefined;
  }
}

/**
 * npm, run by a Node outside of node_modules: `npm ci` begins by deleting that folder, and the Node in it, which
 * `npm run` puts first in PATH.
 */
function findNpm(root) {
  const modules = path.join(root, 'node_modules') + path.sep;
  const folders = (process.env.PATH ?? '')
    .split(path.delimiter)
    .filter((folder) => !`${folder}${path.sep}`.startsWith(modules));
  const searched = { path: folders.join(path.delimiter), shell: false };
  const script = process.env.npm_execpath;
  const nodeName = process.platform === 'win32' ? 'node.exe' : 'node';
  const node =
    folders.map((folder) => path.join(folder, nodeName)).find((file) => existsSync(file)) ?? process.execPath;
  if (script !== undefined && path.basename(script) === 'npm-cli.js' && existsSync(script)) {
    return { ...searched, command: node, args: [script] };
  }
  // On Windows npm is a .cmd file, which Node only runs through a shell; the arguments are ours and need no quoting.
  return { ...searched, command: 'npm', args: [], shell: process.platform === 'win32' };
}

function say(message) {
  // Standard output belongs to the program that is started.
  console.error(message);
}
