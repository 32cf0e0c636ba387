import type { Chat } from './chat.ts';
import { type Connection, MID_SESSION_CLOSE_CODE, REFUSED_CLOSE_CODE } from './connection.ts';
import { ApiError } from './error-codes.ts';
import type { FaultRegistry } from './fault-registry.ts';
import { oddFrame } from './frames.ts';
import type { Login } from './login.ts';
import type { Timers } from './timers.ts';
import type { StoredUser } from './types.ts';

/*
 * What happens on a socket between its opening and the hello, and the faults that lie in wait there.
 */

export interface GreetingDependencies {
  readonly chat: Chat;
  readonly faults: () => FaultRegistry;
  readonly helloDelayMs: number;
  readonly login: Login;
  readonly timers: Timers;
}

export function createGreeting(dependencies: GreetingDependencies): (connection: Connection) => void {
  const { chat, faults, helloDelayMs, login, timers } = dependencies;

  /** A fault that takes the place of the whole login; answers whether there was one. */
  function disturb(connection: Connection): boolean {
    const { socket, userId } = connection;
    if (faults().take('ignoreClose', userId) !== undefined) socket.ignoresClose = true;
    const refusal = faults().take('refuseConnect', userId)?.fault;
    if (refusal !== undefined) {
      const { code, message, retryAfterSeconds, fields, as, closeCode = REFUSED_CLOSE_CODE } = refusal;
      connection.sayError(new ApiError(code, message, { retryAfterSeconds, fields }), { as, closeCode });
      return true;
    }
    const limit = faults().take('rateLimit', userId, ({ on = 'both' }) => on !== 'http')?.fault;
    if (limit !== undefined) {
      const { retryAfterSeconds } = limit;
      connection.sayError(new ApiError(9, undefined, { retryAfterSeconds }), { closeCode: REFUSED_CLOSE_CODE });
      return true;
    }
    const closing = faults().take('closeOnConnect', userId, ({ when }) => when !== 'afterHello')?.fault;
    if (closing !== undefined) {
      end(connection, closing.closeCode);
      return true;
    }
    return false;
  }

  /** Who the client is, or an {@link ApiError}. */
  async function identify(connection: Connection): Promise<StoredUser> {
    const { request } = connection;
    const caller = await login.verify(request);
    if (request.userId === null) throw new ApiError(4, 'json must hold a user_id');
    if (request.userDetails === null) throw new ApiError(4, 'json must hold user_details');
    if (request.userDetails.id !== request.userId) throw new ApiError(4, 'user_details.id must be the user_id');
    if (caller.kind === 'anonymous') return chat.upsertUser('!anon', {}, 'anonymous');
    connection.claims = caller.claims;
    return chat.upsertUser(request.userId, request.userDetails);
  }

  function greet(connection: Connection, user: StoredUser): void {
    const { userId } = connection;
    const spoiled = faults().take('spoilHello', userId)?.fault;
    if (spoiled !== undefined) {
      connection.socket.say(oddFrame(spoiled.frame));
      return;
    }
    const wrong = faults().take('wrongHello', userId)?.fault;
    const shown = wrong === undefined ? user : { ...user, id: wrong.asUserId };
    const delayMs = helloDelayMs + (faults().take('delayHello', userId)?.fault.delayMs ?? 0);
    const withheld = faults().take('withholdHello', userId);
    const welcome = () => {
      if (!connection.isGone) receive(connection, user, shown);
    };
    const later = () => (delayMs > 0 ? timers.after(delayMs, welcome) : welcome());
    if (withheld === undefined) return void later();
    connection.onEnd(withheld.hold(later));
  }

  function receive(connection: Connection, user: StoredUser, shown: StoredUser): void {
    const { socket, userId } = connection;
    connection.sayHello(shown);
    connection.user = user;
    chat.join(user);
    connection.watchExpiry();
    if (faults().take('goSilent', userId) !== undefined) socket.isSilent = true;
    const closing = faults().take('closeOnConnect', userId, ({ when }) => when === 'afterHello')?.fault;
    if (closing !== undefined) end(connection, closing.closeCode);
  }

  return (connection) => {
    if (disturb(connection)) return;
    identify(connection)
      .then((user) => {
        if (!connection.isGone) greet(connection, user);
      })
      .catch((error: unknown) => {
        const said = error instanceof ApiError ? error : new ApiError(-1);
        if (TOKEN_CODES.includes(said.code)) connection.record.tokenProblem = said.code;
        connection.sayError(said, { closeCode: said.code === -1 ? MID_SESSION_CLOSE_CODE : REFUSED_CLOSE_CODE });
      });
  };
}

const TOKEN_CODES = [5, 40, 41, 42, 43];

function end({ socket }: Connection, closeCode: number | null = 1011): void {
  if (closeCode === null) socket.terminate();
  else socket.shut(closeCode);
}
