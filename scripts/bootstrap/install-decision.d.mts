/** What package-lock.json and node_modules/.package-lock.json say of one package, as far as it matters here. */
export interface LockEntry {
  version?: string;
  integrity?: string;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
}

export interface InstallFacts {
  /** `packages` of package-lock.json. */
  wanted: Record<string, LockEntry>;
  /** `packages` of node_modules/.package-lock.json; undefined if npm never finished an install. */
  installed: Record<string, LockEntry> | undefined;
  /** Whether the dev dependency `node` has its executable. */
  hasProjectNode: boolean;
  /** As `process.platform`. */
  platform: string;
  /** As `process.arch`. */
  arch: string;
}

export type InstallDecision = { kind: 'up-to-date' } | { kind: 'install'; reason: string };

/** Whether `npm ci` is due, and why. Pure. */
export function decideInstall(facts: InstallFacts): InstallDecision;
