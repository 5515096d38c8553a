/**
 * The environment for running the `temporal` executable as a server of ours: without the `TEMPORAL_…` variables, which
 * are meant for clients. A `TEMPORAL_PROFILE` or `TEMPORAL_ENV` of the user's would otherwise change, or fail, our own calls.
 */
export function temporalEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}
