import { WebSocket } from 'ws';
import type { DevServer } from '../../../src/tools/devserver/index.ts';
import type { TokenOptions } from '../../../src/tools/devserver/types.ts';

/** A bare client of the wire protocol: what it has received, and promises for what comes next. */
export interface BareClient {
  readonly socket: WebSocket;
  /** Frames in order: parsed JSON, otherwise the raw text or bytes. */
  readonly frames: unknown[];
  /** The next frame that was not taken yet. */
  next(): Promise<unknown>;
  /** How the socket ended. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** The HTTP status of a refused upgrade, or 0. */
  readonly refusedStatus: () => number;
  readonly refusedHeaders: () => Readonly<Record<string, unknown>>;
}

export interface BareOptions {
  readonly token?: string;
  readonly apiKey?: string;
  readonly authType?: string;
  readonly userDetails?: unknown;
  /** Replaces the whole `json` parameter. */
  readonly json?: string;
}

/** Opens a socket as `userId`; without a token one is made. */
export async function connect(server: DevServer, userId: string, options: BareOptions = {}): Promise<BareClient> {
  const token = options.token ?? (await server.createToken(userId));
  const { userDetails = { id: userId } } = options;
  const query = new URLSearchParams({
    json: options.json ?? JSON.stringify({ user_id: userId, user_details: userDetails }),
    api_key: options.apiKey ?? server.apiKey,
    authorization: token,
    'stream-auth-type': options.authType ?? 'jwt',
  });
  return open(`${server.url.replace('http', 'ws')}/connect?${query}`);
}

export function open(url: string): BareClient {
  const socket = new WebSocket(url);
  const frames: unknown[] = [];
  const waiting: ((frame: unknown) => void)[] = [];
  let taken = 0;
  let status = 0;
  let headers: Readonly<Record<string, unknown>> = {};
  socket.on('message', (data: Buffer, isBinary) => {
    frames.push(isBinary ? data : parse(data.toString()));
    const resolve = waiting.shift();
    if (resolve !== undefined) resolve(frames[taken++]);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  socket.on('error', () => undefined);
  socket.on('unexpected-response', (request, response) => {
    status = response.statusCode ?? 0;
    headers = response.headers;
    response.resume();
    request.destroy();
    socket.emit('close', 1006, Buffer.alloc(0));
  });
  return {
    socket,
    frames,
    next: () =>
      taken < frames.length ? Promise.resolve(frames[taken++]) : new Promise((resolve) => waiting.push(resolve)),
    closed,
    refusedStatus: () => status,
    refusedHeaders: () => headers,
  };
}

/** An API call with the user's token. */
export async function call(
  server: DevServer,
  userId: string,
  path: string,
  body?: unknown,
  options: TokenOptions & { readonly query?: Readonly<Record<string, string>> } = {},
): Promise<Response> {
  const { query, ...tokenOptions } = options;
  const search = new URLSearchParams({ user_id: userId, api_key: server.apiKey, ...query });
  return fetch(`${server.url}${path}?${search}`, {
    method: 'POST',
    headers: {
      Authorization: await server.createToken(userId, tokenOptions),
      'stream-auth-type': 'jwt',
      'Content-Type': 'application/json',
    },
    body: JSON.stringify(body ?? {}),
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
