import type { FailureInfo } from '../../errors.ts';
import { canRenew, loadToken, type TokenResult } from '../../token/load-token.ts';
import { createTokenLoader, type TokenLoad } from '../../token/loader.ts';
import type { TokenReason } from '../../token/source.ts';
import type { Dependencies } from '../dependencies.ts';
import type { ClientCommand } from '../messages.ts';
import { createGuest } from './guest.ts';
import { createRefresher, type Refresher } from './refresh.ts';
import type { Report, Tell } from './send.ts';
import { type ClientSession, isOver } from './session.ts';

/** A token to send, or why there is none. */
export type TokenAnswer =
  | { readonly ok: true; readonly token: string | null }
  | { readonly ok: false; readonly failure: FailureInfo; readonly cause?: unknown };

/** Loads, holds, renews and refreshes the token of a session, for the chart, the socket and the requests alike. */
export interface TokenManager {
  /** For the chart: answers `token.loaded` or `token.failed`. */
  load(command: Extract<ClientCommand, { readonly type: 'token.load' }>, session: ClientSession): void;
  /** The chart no longer waits. */
  abort(): void;
  /** The server objects to `token`; answers whether another one can be had. */
  refuse(session: ClientSession, token: string | null): boolean;
  /** The server says that `token` is not valid yet: the source is asked again. */
  drop(session: ClientSession, token: string | null): void;
  greeted(session: ClientSession, serverTimeMs: number | null): void;
  ticked(session: ClientSession): void;
  /** For a request: the token that is held, or is being loaded. `null` for an anonymous user. */
  need(session: ClientSession): Promise<TokenAnswer>;
  /** For a request that was answered that `refused` is bad. `loads` is what `session.loads` was when it was sent. */
  renew(session: ClientSession, refused: string, loads: number): Promise<TokenAnswer>;
  /** The session is over: nothing is loaded any more. */
  end(failure: FailureInfo): void;
}

export function createTokenManager(dependencies: Dependencies, tell: Tell, report: Report): TokenManager {
  const { clock, timing, tokenSources } = dependencies;
  const loader = createTokenLoader(clock);
  const refreshers = new WeakMap<ClientSession, Refresher>();
  let chartLoad = 0;
  let leaveChartLoad = () => {};

  function wanted(session: ClientSession, reason: TokenReason): TokenLoad {
    const { identity, key } = session;
    const source = tokenSources.get(key);
    return {
      identity,
      key,
      reason,
      ask: (request) =>
        identity.kind === 'guest'
          ? createGuest(identity, dependencies, request.signal)
          : loadToken(source, identity.user, request),
      settled: (answer) => hold(session, key, answer),
    };
  }

  function hold(session: ClientSession, key: number, answer: TokenResult): void {
    session.loads += 1;
    if (!answer.ok) return;
    session.token = { ...answer.token, key, ...(answer.user !== undefined && { user: answer.user }) };
    refresherOf(session).replan();
  }

  function refresherOf(session: ClientSession): Refresher {
    const known = refreshers.get(session);
    if (known !== undefined) return known;
    const refresher = createRefresher({
      clock,
      token: () => session.token,
      canRefresh: () => canBeRenewed(session, session.token?.text ?? ''),
      load: (done) => {
        loader.load(wanted(session, 'expiring'), timing.tokenTimeoutMs, (answer) => {
          if (isOver(session)) return;
          if (!answer.ok) report('provider', answer.failure, answer.cause);
          done(answer.ok);
        });
      },
    });
    refreshers.set(session, refresher);
    return refresher;
  }

  function canBeRenewed(session: ClientSession, token: string): boolean {
    return session.identity.kind === 'user' && canRenew(tokenSources.get(session.key), token);
  }

  function abort(): void {
    chartLoad += 1;
    leaveChartLoad();
    leaveChartLoad = () => {};
  }

  return {
    abort,

    load({ attempt, sourceKey, reason }, session) {
      if (session.identity.kind === 'anonymous') {
        tell({ type: 'token.loaded', attempt });
        return;
      }
      const leaveBefore = leaveChartLoad;
      chartLoad += 1;
      const load = chartLoad;
      const isValid = () => load === chartLoad;
      session.key = sourceKey;
      const answered = answerAtOnce(session, reason);
      if (answered === null) {
        leaveChartLoad = loader.load(wanted(session, reason), null, (answer) => say(answer));
      } else {
        leaveChartLoad = () => {};
        say(answered);
      }
      // Only now: the load before may be this one, and would be aborted without anybody who waits for it.
      leaveBefore();

      function say(answer: TokenResult): void {
        if (!answer.ok) {
          const { permanent, failure, cause } = answer;
          tell({ type: 'token.failed', attempt, permanent, failure }, { isValid, cause });
        } else {
          tell({ type: 'token.loaded', attempt, ...(answer.user !== undefined && { user: answer.user }) }, { isValid });
        }
      }
    },

    refuse(session, token) {
      if (token === null) return true;
      session.refusedToken = token;
      if (session.token?.text === token) session.token = null;
      return session.token !== null || canBeRenewed(session, token);
    },

    drop(session, token) {
      if (session.identity.kind === 'user' && session.token?.text === token) session.token = null;
    },

    greeted(session, serverTimeMs) {
      refresherOf(session).setServerTime(serverTimeMs);
    },

    ticked(session) {
      refresherOf(session).tick();
    },

    need(session) {
      if (session.identity.kind === 'anonymous') return Promise.resolve({ ok: true, token: null });
      if (session.token !== null) return Promise.resolve({ ok: true, token: session.token.text });
      if (!loader.isLoading) return Promise.resolve({ ok: false, failure: NO_TOKEN_YET });
      return new Promise((resolve) => {
        loader.join(timing.tokenTimeoutMs, (answer) => resolve(toTokenAnswer(answer)));
      });
    },

    renew(session, refused, loads) {
      if (session.token !== null && session.token.text !== refused) {
        return Promise.resolve({ ok: true, token: session.token.text });
      }
      session.refusedToken = refused;
      if (session.loads > loads || !canBeRenewed(session, refused)) {
        return Promise.resolve({ ok: false, failure: NOT_RENEWED });
      }
      return new Promise((resolve) => {
        loader.load(wanted(session, 'refused'), timing.tokenTimeoutMs, (answer) => {
          const isSame = answer.ok && answer.token.text === refused;
          resolve(isSame ? { ok: false, failure: NOT_RENEWED } : toTokenAnswer(answer));
        });
      });
    },

    end(failure) {
      abort();
      loader.abort(failure);
    },
  };
}

/** What needs no asking: a token from this very source that nobody refused, or the certainty that there is none. */
function answerAtOnce(session: ClientSession, reason: TokenReason): TokenResult | null {
  const { identity, token, key, refusedToken } = session;
  if (identity.kind === 'guest' && reason === 'refused') return { ok: false, permanent: true, failure: GUEST_IS_GONE };
  if (token === null || token.text === refusedToken) return null;
  if (identity.kind === 'user' && token.key !== key) return null;
  return { ok: true, token, ...(token.user !== undefined && { user: token.user }) };
}

function toTokenAnswer(answer: TokenResult): TokenAnswer {
  return answer.ok ? { ok: true, token: answer.token.text } : answer;
}

const GUEST_IS_GONE: FailureInfo = {
  code: 'tokenRejected',
  message: 'The token of a guest cannot be renewed: another guest would be made.',
};
const NO_TOKEN_YET: FailureInfo = { code: 'stillConnecting', message: 'The session holds no token yet.' };
const NOT_RENEWED: FailureInfo = {
  code: 'tokenRejected',
  message: 'The server refuses the token, and no other could be had.',
};
