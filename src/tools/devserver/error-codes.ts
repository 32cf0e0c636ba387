/**
 * The error codes of Stream's API that a session can meet, with the HTTP status and the message that each one usually has
 * (docs: "API error codes"; stream-chat-js `errors.ts`). The status is for people to read: clients decide by the code.
 */
const ERRORS: Readonly<Record<number, { readonly status: number; readonly message: string }>> = {
  [-1]: { status: 500, message: 'Internal error' },
  2: { status: 401, message: 'api_key not valid' },
  3: { status: 500, message: 'The authentication service failed' },
  4: { status: 400, message: 'The request is not valid' },
  5: { status: 401, message: 'JWTAuth error: the token is malformed' },
  6: { status: 400, message: 'A user with this name exists' },
  9: { status: 429, message: 'Too many requests' },
  16: { status: 404, message: 'It does not exist' },
  17: { status: 403, message: 'The user is not allowed to do this' },
  22: { status: 413, message: 'The payload is too big' },
  23: { status: 408, message: 'The request timed out' },
  40: { status: 401, message: 'JWTAuth error: token is expired (exp)' },
  41: { status: 401, message: 'JWTAuth error: token is not valid yet (nbf)' },
  42: { status: 401, message: 'JWTAuth error: token used before issue at (iat)' },
  43: { status: 401, message: 'JWTAuth error: signature is not valid' },
  46: { status: 400, message: 'The connection_id is not known' },
  69: { status: 403, message: 'The app is served from another region' },
  71: { status: 429, message: 'Too many connections' },
  99: { status: 403, message: 'The app is suspended' },
};

const UNKNOWN = { status: 400, message: 'Error' };

export interface ErrorDetails {
  /** Default: the usual HTTP status of the code. */
  readonly status?: number | undefined;
  /** Sent as `retry_after` in the body, and as headers where there are any. */
  readonly retryAfterSeconds?: number | undefined;
  /** Sent as `exception_fields`. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
}

/** Thrown by a route or a check, and sent to the client. */
export class ApiError extends Error {
  readonly code: number;
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  readonly #fields: Readonly<Record<string, string>> | undefined;

  constructor(code: number, message?: string, details: ErrorDetails = {}) {
    const known = ERRORS[code] ?? UNKNOWN;
    super(message ?? known.message);
    this.code = code;
    this.status = details.status ?? known.status;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.#fields = details.fields;
  }

  /** The body of an HTTP response, and the value of `error` in a frame, as JSON has it: without what is `undefined`. */
  toBody(): Record<string, unknown> {
    return {
      code: this.code,
      message: this.message,
      StatusCode: this.status,
      duration: '',
      more_info: '',
      retry_after: this.retryAfterSeconds,
      exception_fields: this.#fields,
    };
  }
}
