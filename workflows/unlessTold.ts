import { CancellationScope, condition } from '@temporalio/workflow';

/**
 * Does something that takes long, such as a call that is tried again and again, unless a webhook tells meanwhile what it is for: then it is
 * called off, and undefined. What comes to its end all the same counts.
 */
export async function unlessTold<Value>(
  work: () => Promise<Value>,
  isTold: () => boolean,
): Promise<Value | undefined> {
  const scope = new CancellationScope();
  const working = scope.run(work);
  const told = scope.run(() => condition(isTold));
  await Promise.race([Promise.allSettled([working]), Promise.allSettled([told])]);
  scope.cancel();
  const [worked] = await Promise.allSettled([working, told]);
  if (worked.status === 'fulfilled') return worked.value;
  if (isTold()) return undefined;
  throw worked.reason;
}
