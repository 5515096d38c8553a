import { Connection } from '@temporalio/client';
import { isAnswered } from './ports.ts';

const workflowService = 'temporal.api.workflowservice.v1.WorkflowService';

/** Of gRPC's health protocol: HealthCheckResponse.ServingStatus.SERVING. */
const serving = 1;

const answerMs = 1_000;

/** Whether a Temporal server not only listens but serves, by gRPC's health check. */
export async function isServing(host: string, port: number): Promise<boolean> {
  // Asked first, because gRPC waits a second after a refused connection.
  if (!(await isAnswered(host, port))) return false;
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address: `${host}:${port}`, connectTimeout: answerMs });
    const { healthService } = connection;
    const { status }: { status: number } = await connection.withDeadline(Date.now() + answerMs, () =>
      healthService.check({ service: workflowService }),
    );
    return status === serving;
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}
