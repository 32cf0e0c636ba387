import { StringDecoder } from 'node:string_decoder';
import { WebSocket } from 'ws';

/**
 * A server-side WebSocket that can misbehave. `ws` calls `close` and `pong` when a peer closes or pings: both are
 * overridden, and the server itself closes with {@link DevSocket.closeNow}.
 */
export class DevSocket extends WebSocket {
  /** Half-open: nothing goes out any more, no pong and no close frame either. */
  isSilent = false;
  /** The peer's close frame is not answered. */
  ignoresClose = false;
  /** Called when the peer's close frame has arrived; 1005 when it held no code. */
  onPeerClose: (code: number) => void = () => undefined;
  #failed = false;
  #isClosing = false;

  override close(code?: number, reason?: string | Buffer): void {
    // `ws` also closes after a frame that breaks the protocol, and emits the error right after.
    this.once('error', () => {
      this.#failed = true;
    });
    queueMicrotask(() => {
      if (!this.#failed) this.onPeerClose(code ?? 1005);
    });
    // Our own close handshake always ends.
    if (!this.#isClosing && (this.isSilent || this.ignoresClose)) return;
    super.close(code, reason);
  }

  override pong(data?: unknown, mask?: boolean, callback?: (error: Error) => void): void {
    if (!this.isSilent && this.#isRead()) super.pong(data, mask, callback);
  }

  /** Sends, unless silent or no longer open. Returns whether it did. */
  trySend(data: string | Buffer): boolean {
    if (this.isSilent || this.readyState !== WebSocket.OPEN || !this.#isRead()) return false;
    this.send(data);
    return true;
  }

  /** Cuts a peer that asks for more than it reads: what it has not read is kept here. */
  #isRead(): boolean {
    if (this.bufferedAmount <= MOST_UNREAD_BYTES) return true;
    this.terminate();
    return false;
  }

  /** Begins the close handshake, also when silent. */
  closeNow(code: number, reason = ''): void {
    this.#isClosing = true;
    super.close(code, truncate(reason));
  }
}

const MOST_UNREAD_BYTES = 16 * 1024 * 1024;
const LONGEST_REASON_BYTES = 123;

/** Cut between characters: a reason must be valid UTF-8. */
const truncate = (reason: string): string =>
  new StringDecoder().write(Buffer.from(reason).subarray(0, LONGEST_REASON_BYTES));
