import type { RefusedUpgrade } from '../../protocol/protocol.ts';
import type { Socket } from '../dependencies.ts';

/** What `ws` emits when the server responds to the upgrade with something else than 101. */
interface UpgradeEmitter {
  on(
    event: 'unexpected-response',
    listener: (request: unknown, response: { statusCode?: number; headers?: Record<string, unknown> }) => void,
  ): void;
}

/** Calls `onRefusal` before the socket ends, on platforms that show the response (`ws`). */
export function listenForRefusal(socket: Socket, onRefusal: (refusal: RefusedUpgrade) => void): void {
  if (!isEmitter(socket)) return;
  socket.on('unexpected-response', (_, { statusCode = 0, headers = {} }) => {
    onRefusal({
      status: statusCode,
      header: (name) => {
        const value = headers[name];
        return typeof value === 'string' ? value : null;
      },
    });
    // With a listener, `ws` leaves it to that to end the handshake.
    socket.terminate?.();
  });
}

function isEmitter(socket: Socket): socket is Socket & UpgradeEmitter {
  return 'on' in socket && typeof socket.on === 'function' && socket.terminate !== undefined;
}

/** The status in the error of a class that shows nothing else (`Unexpected server response: 401`); `null` where there is none. */
export function refusalIn(message: string): RefusedUpgrade | null {
  const status = /\b(?:response|status)(?: code)?:? (\d{3})\b/i.exec(message)?.[1];
  return status === undefined || status === '101' ? null : { status: Number(status), header: () => null };
}
