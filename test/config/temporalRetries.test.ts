import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { expect, inject, test } from 'vitest';
import { retriesUntilClosed } from '../../config/temporalRetries.ts';

// An error that a timer throws would fail the file, whichever test it is.
test('a call that waits to be tried again when its connection is closed ends with it', async () => {
  const connection = Connection.lazy({ address: '127.0.0.1:1', interceptors: retriesUntilClosed });
  const answered = connection.workflowService.getSystemInfo({}).catch((error: unknown) => error);
  // Refused, it is tried again after 100 ms, then after longer and longer: whenever it is closed, that is in between.
  await sleep(300);
  await connection.close();
  expect(await answered).toMatchObject({ details: 'Channel has been shut down' });
});

test('a call on a connection that has been closed fails', async () => {
  const connection = Connection.lazy({
    address: inject('temporalAddress'),
    interceptors: retriesUntilClosed,
  });
  await connection.workflowService.getSystemInfo({});
  await connection.close();
  await expect(connection.workflowService.getSystemInfo({})).rejects.toMatchObject({
    details: 'Channel has been shut down',
  });
});
