import { DefaultLogger, Runtime } from '@temporalio/worker';

/** Once per process, before its first worker: only errors are told. What tests do on purpose, such as a replay that fails, is a warning. */
export function installQuietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
}
