export interface DirectoryLockOptions {
  /** Called once, when another process holds the lock and we begin to wait. */
  onWait?: () => void;
  /** How often to look whether a held lock is free. Default 200. */
  pollMs?: number;
  /** How often the holder shows that it lives. Default 5000. */
  beatMs?: number;
  /** Without a sign of life for so long a lock counts as left behind. A dead process on this host is seen at once. Default 60000. */
  staleMs?: number;
}

/**
 * Runs `work` while holding the lock `folder`, waiting for it as long as its holder lives. `work` may keep files in the folder:
 * they go with the lock, also if this process dies and another one clears up after it.
 */
export function withDirectoryLock<T>(
  folder: string,
  options: DirectoryLockOptions,
  work: (folder: string) => Promise<T>,
): Promise<T>;
