import { type Connection, MID_SESSION_CLOSE_CODE } from './connection.ts';
import { ApiError } from './error-codes.ts';
import type { CausedFault } from './fault-registry.ts';
import { oddFrame } from './frames.ts';
import type { Parts } from './parts.ts';
import type { Sockets } from './sockets.ts';

/** Does what a fault does to the sockets that are open now. A fault that is only armed meets none. */
export function applyFault(
  caused: CausedFault,
  sockets: Sockets,
  { chat, login }: Pick<Parts, 'chat' | 'login'>,
): void {
  const { fault } = caused;
  function each(connections: readonly Connection[], change: (connection: Connection) => void): void {
    caused.hits = connections.length;
    connections.forEach(change);
  }
  const open = sockets.open(fault.userId);
  const connected = sockets.connected(fault.userId);

  switch (fault.type) {
    case 'sendError': {
      const { as, closeCode = MID_SESSION_CLOSE_CODE } = fault;
      return each(open, (connection) =>
        connection.sendError(new ApiError(fault.code, fault.message, fault), closeCode, as),
      );
    }
    case 'dropSockets':
      return each(open, ({ socket }) => socket.terminate());
    case 'closeSockets':
      return each(open, ({ socket }) => socket.closeNow(fault.closeCode, fault.reason));
    case 'restart':
      return each(open, ({ socket }) => socket.closeNow(1012, 'The service restarts'));
    case 'sendFrame':
      return each(open, ({ socket }) => socket.trySend(oddFrame(fault.frame)));
    case 'secondHello':
      return each(connected, (connection) => {
        const { asUserId } = fault;
        const user = asUserId === undefined ? connection.user : chat.upsertUser(asUserId, {});
        if (user !== null) connection.sendHello(user);
      });
    case 'goSilent':
    case 'ignoreClose': {
      const flaw = fault.type === 'goSilent' ? 'isSilent' : 'ignoresClose';
      return each(fault.on === 'next' ? [] : open, ({ socket }) => {
        socket[flaw] = true;
      });
    }
    case 'revokeTokens':
    case 'expireTokens': {
      const error = new ApiError(40, fault.type === 'revokeTokens' ? 'This token has been revoked' : undefined);
      caused.onLift(login.revoke(fault.userId, error));
      return each(connected, (connection) => {
        if (connection.claims !== null) connection.sendError(error, MID_SESSION_CLOSE_CODE);
      });
    }
  }
}
