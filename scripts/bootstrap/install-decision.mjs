// Decides whether node_modules is what package-lock.json says. npm leaves a lockfile of what it installed in
// node_modules/.package-lock.json, written last: comparing the two needs no stamp of our own, accepts an install made by hand, and
// notices an interrupted one.

/**
 * @param {import('./install-decision.d.mts').InstallFacts} facts
 * @returns {import('./install-decision.d.mts').InstallDecision}
 */
export function decideInstall({ wanted, installed, hasProjectNode, platform, arch }) {
  if (installed === undefined) return install('the dependencies are not installed yet');
  for (const [name, entry] of Object.entries(wanted)) {
    if (name === '') continue;
    const found = installed[name];
    if (found === undefined) {
      // npm leaves out the optional packages of other systems.
      if (entry.optional === true) continue;
      return install(`${shortName(name)} is missing`);
    }
    if (found.version !== entry.version || found.integrity !== entry.integrity) {
      return install(`${shortName(name)} is ${found.version}, package-lock.json says ${entry.version}`);
    }
  }
  for (const [name, entry] of Object.entries(installed)) {
    if (!fits(entry.os, platform) || !fits(entry.cpu, arch)) {
      return install(`${shortName(name)} was installed for another system than ${platform} ${arch}`);
    }
  }
  if (!hasProjectNode) return install("the project's own Node (dev dependency `node`) is missing");
  return { kind: 'up-to-date' };
}

function install(reason) {
  return { kind: 'install', reason };
}

/** npm's rule for `os` and `cpu`: a list of allowed names, or of refused ones with a leading `!`. */
function fits(names, actual) {
  if (names === undefined || names.length === 0 || names.includes('any')) return true;
  if (names.includes(`!${actual}`)) return false;
  return names.includes(actual) || names.every((name) => name.startsWith('!'));
}

function shortName(lockPath) {
  return lockPath.slice(lockPath.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
