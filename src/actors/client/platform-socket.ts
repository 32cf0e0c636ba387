import { hasMethods } from '../../input.ts';
import type { RefusedUpgrade, WireData } from '../../protocol/protocol.ts';
import { bytesIn } from '../../text.ts';
import type { Socket } from '../dependencies.ts';

/** The part of a response that is read. */
interface Response {
  readonly statusCode?: number;
  readonly headers?: Record<string, unknown>;
}

/** Calls `onRefusal` before the socket ends, on platforms that show the response (`ws`). */
export function listenForRefusal(socket: Socket, onRefusal: (refusal: RefusedUpgrade) => void): void {
  if (!hasMethods(socket, 'on', 'terminate')) return;
  // `ws` emits it when the server responds to the upgrade with something else than 101.
  socket.on('unexpected-response', (_: unknown, { statusCode = 0, headers = {} }: Response) => {
    onRefusal({
      status: statusCode,
      header: (name) => {
        const value = headers[name.toLowerCase()];
        return typeof value === 'string' ? value : null;
      },
    });
    // With a listener, `ws` leaves it to that to end the handshake.
    socket.terminate();
  });
}

/**
 * The status in the error of a class that shows nothing else; `null` where there is none. By `ws` it reads `Unexpected
 * server response: 401`; by React Native `Expected HTTP 101 response but was '401 Unauthorized'`, or `Received bad response
 * code from server: 401.`
 */
export function refusalIn(message: string): RefusedUpgrade | null {
  const status = /\b(?:response|status)(?: code)?(?: from server| but was)?:? '?(\d{3})\b/i.exec(message)?.[1];
  return status === undefined || status === '101' ? null : { status: Number(status), header: () => null };
}

/** What a platform gives for a message as a string or bytes: `ArrayBuffer`, views and `Blob`. */
export function readMessage(data: unknown): WireData | Promise<WireData> {
  if (typeof data === 'string') return data;
  const bytes = bytesIn(data);
  if (bytes !== null) return bytes;
  return hasMethods(data, 'arrayBuffer') ? readBlob(data as unknown as Blob) : new Uint8Array();
}

async function readBlob(blob: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch {
    return new Uint8Array();
  }
}
