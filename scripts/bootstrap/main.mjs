import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { InstallError, installWhenNeeded } from './install.mjs';
import { exitLike, runToEnd } from './run.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * Installs what is missing, runs the target to its end, and ends this process as the target ended.
 *
 * @param {string[]} argv the target and its arguments
 */
export async function bootstrap([target, ...args]) {
  if (target === undefined) {
    console.error('Usage: node scripts/bootstrap.mjs <file.ts | command> [args…]');
    process.exitCode = 2;
    return;
  }
  try {
    const interrupted = await installWhenNeeded(root);
    if (interrupted !== undefined) return exitLike(interrupted);
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
    return;
  }
  exitLike(await runTarget(target, args));
}

function runTarget(target, args) {
  const bin = path.join(root, 'node_modules', '.bin');
  const env = { ...process.env, PATH: [bin, process.env.PATH ?? ''].join(path.delimiter) };
  if (/\.[cm]?[jt]s$/.test(target)) {
    // Files are named from the project's root, so that a script works from any of its folders.
    const file = path.resolve(root, target);
    if (!existsSync(file)) {
      console.error(`Cannot run ${target}: there is no file ${file}.`);
      return { code: 2, signal: null };
    }
    return runToEnd(projectNode(root), [file, ...args], { env });
  }
  const command = path.join(bin, target);
  return runToEnd(existsSync(command) ? command : target, args, { env });
}

/** The Node of the dev dependency `node`, the same path on every system. */
function projectNode(projectRoot) {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return path.join(projectRoot, 'node_modules', 'node', 'bin', name);
}
