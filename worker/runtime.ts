import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';
import type { Level, Logger } from 'pino';

const pinoLevels = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogLevel, Level>;

/** Once per process: the SDK logs through ours, and stops all workers gracefully on a signal. */
export function installRuntime(logger: Logger): void {
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta }) =>
      logger[pinoLevels[level]](meta ?? {}, message),
    ),
    // The native core writes to stdout unless its logs are forwarded.
    telemetryOptions: { logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } } },
    shutdownSignals: ['SIGINT', 'SIGTERM'],
  });
}
