import { ConfigurationError, type Environment } from '../../config/environment.ts';

/** The problems that reading ends with; fails the test when there are none. */
export function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  throw new Error('It was accepted.');
}

/** A configuration file of whoever runs the tests must not matter. */
export const noFile: Environment = {
  TEMPORAL_CONFIG_FILE: '',
  HOME: '/nonexistent',
  XDG_CONFIG_HOME: '/nonexistent',
};
