import type { WireData } from '../../protocol/protocol.ts';

/** What a client asked for when it logged in. */
export interface ConnectRequest {
  readonly userId: string;
  readonly token: string;
  /** `anonymous` for a user without a token. */
  readonly authType: string;
  readonly userDetails: Readonly<Record<string, unknown>>;
}

/** The server's side of a protocol, for a backend in memory. Its tokens are those that the backend issued. */
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
