/** What a command exits with. Programs may rely on it. */
export const exitCodes = {
  /** The command did its job; where it waited for a run, that run completed. */
  done: 0,
  /** The run that the command waited for ended, and did not complete. */
  notCompleted: 1,
  /** The command could not do its job: usage, configuration, an unknown run, Temporal not reachable. Nothing is said about any run. */
  failed: 2,
  /** Ctrl-C. The run goes on. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
