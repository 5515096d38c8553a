import { ApiError, badRequest } from '../errors.ts';

// The refusals of the Responses API, in its words. Those marked so are a third party's account of them.

/** 404 of an unknown, deleted or vanished response. */
export function responseNotFound(id: string): ApiError {
  return missing(`Response with id '${id}' not found.`);
}

/** 404 of an unknown or deleted conversation. */
export function conversationNotFound(id: string): ApiError {
  return missing(`Conversation with id '${id}' not found.`);
}

/** 404 of an item that is not in the conversation. */
export function itemNotFound(id: string): ApiError {
  return missing(`Item with id '${id}' not found.`);
}

/** 400 of a chain whose parent is unknown, deleted, vanished or was never stored. */
export function previousNotFound(id: string): ApiError {
  return badRequest(
    `Previous response with id '${id}' not found.`,
    'previous_response_id',
    'previous_response_not_found',
  );
}

/** 400 of a chain whose parent still works (this text is the simulator's own; the API's is not known). */
export function previousNotEnded(id: string, status: string): ApiError {
  return badRequest(
    `Previous response with id '${id}' has not ended: its status is '${status}'.`,
    'previous_response_id',
    'invalid_value',
  );
}

export function emptyInput(): ApiError {
  return badRequest(
    `One of "input" or "previous_response_id" or 'prompt' or 'conversation' must be provided.`,
    null,
    'missing_required_parameter',
  );
}

export function bothParents(): ApiError {
  return badRequest(
    "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. Ensure you are only providing one of these parameters.",
    null,
    'mutually_exclusive_parameters',
  );
}

/** 400 of a second response while one works on the conversation. */
export function conversationLocked(): ApiError {
  return badRequest(
    'Another process is currently operating on this conversation. Please retry in a few seconds.',
    null,
    'conversation_locked',
  );
}

/** 400 of the older behaviour, which Azure still has. */
export function backgroundNeedsStore(): ApiError {
  return badRequest("Background mode requires 'store' to be true.", 'store', 'unsupported_parameter');
}

export function noToolOutput(callId: string): ApiError {
  return badRequest(`No tool output found for function call ${callId}.`, 'input');
}

export function noToolCall(callId: string): ApiError {
  return badRequest(`No tool call found for function call output with call_id ${callId}.`, 'input');
}

export function unknownToolChoice(): ApiError {
  return badRequest("Tool choice 'function' not found in 'tools' parameter.", 'tool_choice');
}

/** 400 of a cancel; the text for `incomplete` is Azure's. */
export function cannotCancel(what: 'completed' | 'failed' | 'incomplete' | 'synchronous'): ApiError {
  return badRequest(
    what === 'incomplete'
      ? 'Cannot cancel a response in terminal state.'
      : `Cannot cancel a ${what} response.`,
  );
}

/** 400 of deleting what still works (the simulator's own text). */
export function deleteInFlight(): ApiError {
  return badRequest('Cannot delete an in-flight response.');
}

/** 400 of a stream that was never recorded (Azure's text). */
export function notStreamable(lacks: 'background' | 'stream'): ApiError {
  const what = `This response cannot be streamed because it was not created with ${lacks}=true`;
  return badRequest(lacks === 'background' ? `${what}.` : `${what} or the stream TTL has expired.`, 'stream');
}

export function streamTooOld(): ApiError {
  return badRequest(
    'This response can no longer be streamed because it is more than 5 minutes old.',
    'stream',
  );
}

function missing(message: string): ApiError {
  return new ApiError(404, { message, type: 'invalid_request_error', param: null, code: null });
}
