/** The inside of OpenAI's error envelope, `{"error": {...}}`: all four fields are always there. */
export interface ErrorBody {
  message: string;
  type: string;
  param: string | null;
  code: string | null;
}

/** An answer of the API that is an error: thrown by handlers, written by the server's error handler. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: ErrorBody;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.name = 'ApiError';
    this.status = status;
    this.body = body;
  }
}

/** 400 `invalid_request_error`, the shape of nearly every refusal. */
export function badRequest(
  message: string,
  param: string | null = null,
  code: string | null = null,
): ApiError {
  return new ApiError(400, { message, type: 'invalid_request_error', param, code });
}

/** The 404 of a known route with an unknown id, e.g. `No run found with id 'run_x'.` */
export function notFound(
  what: 'assistant' | 'thread' | 'message' | 'run' | 'run step',
  id: string,
): ApiError {
  return new ApiError(404, {
    message: `No ${what} found with id '${id}'.`,
    type: 'invalid_request_error',
    param: null,
    code: null,
  });
}

/** The 404 of an unknown route. */
export function unknownUrl(method: string, path: string): ApiError {
  return new ApiError(404, {
    message: `Invalid URL (${method} ${path})`,
    type: 'invalid_request_error',
    param: null,
    code: null,
  });
}

/** 405 of a known URL with a method it has not, e.g. listing responses. */
export function methodNotAllowed(method: string, path: string): ApiError {
  return new ApiError(405, {
    message: `Invalid method for URL (${method} ${path})`,
    type: 'invalid_request_error',
    param: null,
    code: null,
  });
}

/** 401 without an API key. */
export function missingApiKey(): ApiError {
  return new ApiError(401, {
    message:
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth " +
      "(i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the " +
      'API from your browser and are prompted for a username and password. You can obtain an API key from ' +
      'https://platform.openai.com/account/api-keys.',
    type: 'invalid_request_error',
    param: null,
    code: null,
  });
}

/** 401 with an unknown API key; the key is quoted masked, as the real API does. */
export function incorrectApiKey(key: string): ApiError {
  const masked =
    key.length > 12
      ? `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}`
      : '*'.repeat(key.length);
  return new ApiError(401, {
    message:
      `Incorrect API key provided: ${masked}. You can find your API key at ` +
      'https://platform.openai.com/account/api-keys.',
    type: 'invalid_request_error',
    param: null,
    code: 'invalid_api_key',
  });
}

/** 400 of an Assistants call without its beta header. */
export function missingBetaHeader(): ApiError {
  return badRequest(
    "You must provide the 'OpenAI-Beta' header to access the Assistants API. Please try again by setting the header " +
      "'OpenAI-Beta: assistants=v2'.",
    null,
    'invalid_beta',
  );
}

/** 400 of a body that is not JSON although it says so. */
export function malformedJson(): ApiError {
  return badRequest(
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library " +
      'correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble ' +
      'figuring out how to fix this, please contact us through our help center at help.openai.com.)',
  );
}

/** 400 of a body in another format. */
export function unsupportedContentType(contentType: string): ApiError {
  return badRequest(
    `Unsupported content type: '${contentType}'. This API method only accepts 'application/json' requests, but you ` +
      `specified the header 'Content-Type: ${contentType}'. Please try again with a supported content type.`,
    null,
    'unsupported_content_type',
  );
}

/** 413 of a body above the simulator's limit. */
export function bodyTooLarge(limitBytes: number): ApiError {
  return new ApiError(413, {
    message: `The request body is larger than the maximum of ${limitBytes} bytes.`,
    type: 'invalid_request_error',
    param: null,
    code: 'request_too_large',
  });
}

/** 500: a defect of the simulator itself, never a scripted one. */
export function serverError(): ApiError {
  return new ApiError(500, {
    message: 'The server had an error while processing your request. Sorry about that!',
    type: 'server_error',
    param: null,
    code: null,
  });
}
