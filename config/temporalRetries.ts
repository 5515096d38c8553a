import { InterceptingCall, Metadata, status, type Interceptor } from '@grpc/grpc-js';
import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

/**
 * Temporal's own retries, that end with the connection: for `Connection.connect` and `Connection.lazy`.
 *
 * By default a call that waits to be tried again when its connection is closed throws from a timer, where nobody can catch it, and the process
 * dies of it (`grpc-retry.js` of @temporalio/client 1.24): of Ctrl-C while Temporal is away, for example.
 */
export const retriesUntilClosed: Interceptor[] = [
  makeGrpcRetryInterceptor(defaultGrpcRetryOptions()),
  cancelWhenClosed,
];

/** What throws here is a channel that has been closed: there is no other reason (`createCall` of @grpc/grpc-js). */
function cancelWhenClosed(...[options, nextCall]: Parameters<Interceptor>): InterceptingCall {
  try {
    return new InterceptingCall(nextCall(options));
  } catch (error) {
    const details = error instanceof Error ? error.message : String(error);
    return new InterceptingCall(cancelledCall(details));
  }
}

const doNothing = (): void => {};

/** A call that is answered at once: it was cancelled, which is nothing that is tried again. */
function cancelledCall(details: string): ConstructorParameters<typeof InterceptingCall>[0] {
  return {
    start: (_metadata, listener) => {
      // As every unary call that fails does: the retries expect a message before the status.
      listener?.onReceiveMessage?.(null);
      listener?.onReceiveStatus?.({ code: status.CANCELLED, details, metadata: new Metadata() });
    },
    sendMessage: doNothing,
    sendMessageWithContext: doNothing,
    startRead: doNothing,
    halfClose: doNothing,
    cancelWithStatus: doNothing,
    getPeer: () => '',
    getAuthContext: () => null,
  };
}
