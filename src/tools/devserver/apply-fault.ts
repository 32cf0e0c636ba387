import { type Connection, MID_SESSION_CLOSE_CODE } from './connection.ts';
import { ApiError } from './error-codes.ts';
import type { Applied } from './fault-registry.ts';
import type { Fault } from './fault-types.ts';
import { oddFrame } from './frames.ts';
import type { Parts } from './parts.ts';
import type { Sockets } from './sockets.ts';

/** Does what a fault does to the sockets that are open now. A fault that is only armed meets none. */
export function applyFault(fault: Fault, sockets: Sockets, { chat, login }: Pick<Parts, 'chat' | 'login'>): Applied {
  function all(change: (connection: Connection) => void, connections = sockets.open(fault.userId)): Applied {
    connections.forEach(change);
    return { hits: connections.length };
  }
  const connected = (change: (connection: Connection) => void): Applied => all(change, sockets.connected(fault.userId));

  switch (fault.type) {
    case 'sendError': {
      const { code, message, retryAfterSeconds, fields, as, closeCode = MID_SESSION_CLOSE_CODE } = fault;
      const error = new ApiError(code, message, { retryAfterSeconds, fields });
      return all((connection) => connection.sendError(error, closeCode, as));
    }
    case 'dropSockets':
      return all(({ socket }) => socket.terminate());
    case 'closeSockets':
      return all(({ socket }) => socket.closeNow(fault.closeCode, fault.reason));
    case 'restart':
      return all(({ socket }) => socket.closeNow(1012, 'The service restarts'));
    case 'sendFrame':
      return all(({ socket }) => socket.trySend(oddFrame(fault.frame)));
    case 'secondHello':
      return connected((connection) => {
        if (connection.user === null) return;
        const { asUserId } = fault;
        connection.sendHello(asUserId === undefined ? connection.user : chat.upsertUser(asUserId, {}));
      });
    case 'goSilent':
    case 'ignoreClose': {
      const flaw = fault.type === 'goSilent' ? 'isSilent' : 'ignoresClose';
      return all(
        ({ socket }) => {
          socket[flaw] = true;
        },
        fault.on === 'next' ? [] : undefined,
      );
    }
    case 'revokeTokens':
    case 'expireTokens': {
      const error = new ApiError(40, fault.type === 'revokeTokens' ? 'This token has been revoked' : undefined);
      const undo = login.revoke(fault.userId, error);
      const { hits } = connected((connection) => {
        if (connection.claims !== null) connection.sendError(error, MID_SESSION_CLOSE_CODE);
      });
      return { hits, undo };
    }
    default:
      return { hits: 0 };
  }
}
