import { type Connection, MID_SESSION_CLOSE_CODE, REFUSED_CLOSE_CODE } from './connection.ts';
import { ApiError } from './error-codes.ts';
import { oddFrame } from './frames.ts';
import type { Parts } from './parts.ts';
import { after } from './timers.ts';
import type { StoredUser } from './types.ts';

/** What happens on a socket between its opening and the hello, and the faults that are armed there. */
export function createHandshake({ chat, faults, helloDelayMs, login }: Parts): (connection: Connection) => void {
  /** Applies a fault that replaces the whole login. Returns whether there was one. */
  function applyConnectFault(connection: Connection): boolean {
    const { socket, userId } = connection;
    if (faults.take('ignoreClose', userId) !== undefined) socket.ignoresClose = true;
    const refusal = faults.take('refuseConnect', userId)?.fault;
    if (refusal !== undefined) {
      const { code, message, as, closeCode = REFUSED_CLOSE_CODE } = refusal;
      connection.sendError(new ApiError(code, message, refusal), closeCode, as);
      return true;
    }
    const limit = faults.take('rateLimit', userId, ({ on = 'both' }) => on !== 'http')?.fault;
    if (limit !== undefined) {
      connection.sendError(new ApiError(9, undefined, limit), REFUSED_CLOSE_CODE);
      return true;
    }
    return closeByFault(connection, 'beforeHello');
  }

  function closeByFault({ socket, userId }: Connection, moment: 'beforeHello' | 'afterHello'): boolean {
    const closing = faults.take('closeOnConnect', userId, ({ when = 'beforeHello' }) => when === moment)?.fault;
    if (closing === undefined) return false;
    const { closeCode = 1011 } = closing;
    if (closeCode === null) socket.terminate();
    else socket.closeNow(closeCode);
    return true;
  }

  /** @throws ApiError for a client that cannot log in. */
  async function identify(connection: Connection): Promise<StoredUser> {
    const { request } = connection;
    const claims = await login.verify(request);
    if (request.userId === null) throw new ApiError(4, 'json must hold a user_id');
    if (request.userDetails === null) throw new ApiError(4, 'json must hold user_details');
    if (request.userDetails.id !== request.userId) throw new ApiError(4, 'user_details.id must be the user_id');
    if (claims === null) return chat.upsertUser('!anon', {}, 'anonymous');
    connection.claims = claims;
    return chat.upsertUser(request.userId, request.userDetails);
  }

  function scheduleHello(connection: Connection, user: StoredUser): void {
    const { userId } = connection;
    const spoiled = faults.take('spoilHello', userId)?.fault;
    if (spoiled !== undefined) return void connection.socket.trySend(oddFrame(spoiled.frame));
    const wrong = faults.take('wrongHello', userId)?.fault;
    const shown = wrong === undefined ? user : { ...user, id: wrong.asUserId };
    const delayMs = helloDelayMs + (faults.take('delayHello', userId)?.fault.delayMs ?? 0);
    const withheld = faults.take('withholdHello', userId);
    const send = () => {
      if (delayMs > 0) connection.onEnd(after(delayMs, () => sendHello(connection, user, shown)));
      else sendHello(connection, user, shown);
    };
    if (withheld === undefined) send();
    else connection.onEnd(withheld.hold(send));
  }

  function sendHello(connection: Connection, user: StoredUser, shown: StoredUser): void {
    const { socket, userId } = connection;
    connection.sendHello(shown);
    connection.user = user;
    chat.join(user);
    connection.watchExpiry();
    if (faults.take('goSilent', userId) !== undefined) socket.isSilent = true;
    closeByFault(connection, 'afterHello');
  }

  return (connection) => {
    if (applyConnectFault(connection)) return;
    identify(connection)
      .then((user) => {
        if (connection.record.isOpen) scheduleHello(connection, user);
      })
      .catch((reason: unknown) => {
        const error = reason instanceof ApiError ? reason : new ApiError(-1);
        if (TOKEN_CODES.includes(error.code)) connection.record.tokenProblem = error.code;
        connection.sendError(error, error.code === -1 ? MID_SESSION_CLOSE_CODE : REFUSED_CLOSE_CODE);
      });
  };
}

const TOKEN_CODES = [5, 40, 41, 42, 43];
