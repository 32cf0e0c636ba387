import { WebSocket } from 'ws';

/**
 * A server-side WebSocket that can misbehave. `ws` calls `close` and `pong` by itself when a peer closes or pings; they
 * are overridden for that, and the server closes by {@link DevSocket.shut}.
 */
export class DevSocket extends WebSocket {
  /** Half-open: nothing goes out any more, no pong and no answer to a close either. */
  isSilent = false;
  /** The peer's close frame is not answered. */
  ignoresClose = false;
  /** Told when the peer's close frame came; 1005 when it held no code. */
  onPeerClose: (code: number) => void = () => undefined;
  #failed = false;
  #isShut = false;

  override close(code?: number, reason?: string | Buffer): void {
    // `ws` also closes after a frame that breaks the protocol, and emits the error right behind.
    this.once('error', () => {
      this.#failed = true;
    });
    queueMicrotask(() => {
      if (!this.#failed) this.onPeerClose(code ?? 1005);
    });
    // The answer to our own close is no close handshake that could be ignored.
    if (!this.#isShut && (this.isSilent || this.ignoresClose)) return;
    super.close(code, reason);
  }

  override pong(data?: unknown, mask?: boolean, callback?: (error: Error) => void): void {
    if (!this.isSilent) super.pong(data, mask, callback);
  }

  /** Sends, unless silent or no longer open; answers whether it did. */
  say(data: string | Buffer): boolean {
    if (this.isSilent || this.readyState !== WebSocket.OPEN) return false;
    this.send(data);
    return true;
  }

  /** Begins the close handshake, also when silent. */
  shut(code: number, reason = ''): void {
    this.#isShut = true;
    super.close(code, truncate(reason));
  }
}

const LONGEST_REASON_BYTES = 123;

function truncate(reason: string): Buffer {
  const bytes = Buffer.from(reason);
  if (bytes.length <= LONGEST_REASON_BYTES) return bytes;
  // Cut between characters: a reason must be valid UTF-8.
  let end = LONGEST_REASON_BYTES;
  while (((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end -= 1;
  return bytes.subarray(0, end);
}
