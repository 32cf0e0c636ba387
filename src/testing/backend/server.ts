import type { WireData } from '../../protocol/protocol.ts';
import type { User } from '../../user.ts';

/** What a client asked for when it logged in. */
export interface ConnectRequest {
  readonly userId: string;
  readonly token: string;
  /** `anonymous` for a user without a token. */
  readonly authType: string;
  readonly userDetails: Readonly<Record<string, unknown>>;
}

/** The server's side of a protocol, for a backend in memory. */
export interface BackendServer {
  /** The token in what a client has sent: a frame, or `null` for the URL alone. `null` where it holds none. */
  readToken(data: WireData | null, url: string): string | null;
  /** The hello of a user who is logged in, and whose connection has this id. */
  hello(userId: string, connectionId: string): WireData;
  /** An error that ends the connection. `code` is what a test gave to `sendError()` or `welcome`; 40 for a revoked token. */
  error(code: number): WireData;
  /** The reply to a frame of a client who is logged in, such as a ping. */
  reply?(data: WireData): WireData | null;
}

/** What the backend in memory asks of a server. */
export interface ServerSide {
  readLogin(data: WireData | null, url: string): ConnectRequest | null;
  hello(userId: string, connectionId: string, nowMs: number): unknown;
  error(code: number, more: object): unknown;
  reply(data: WireData): unknown;
}

/** A server that an app has written for its tests. Its tokens are those that the backend issued. */
export function serverSideOf(server: BackendServer): ServerSide {
  return {
    readLogin: (data, url) => {
      const token = server.readToken(data, url);
      return token === null ? null : { userId: userOf(token), token, authType: '', userDetails: {} };
    },
    hello: (userId, connectionId) => server.hello(userId, connectionId),
    error: (code) => server.error(code),
    reply: (data) => server.reply?.(data) ?? null,
  };
}

/** The payload of a token that the backend issued. */
export function payloadOf(token: string): { readonly sub?: string; readonly n?: number } {
  try {
    return JSON.parse(atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/')));
  } catch {
    return {};
  }
}

function userOf(token: string): User['id'] {
  return payloadOf(token).sub ?? '';
}
