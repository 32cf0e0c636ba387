import { type FailureInfo, failed, type Result, success } from '../../errors.ts';
import { canRenew, loadToken } from '../../token/load-token.ts';
import type { TokenReason } from '../../token/source.ts';
import { type TokenLoad, TokenLoader, type TokenWaiter } from '../../token/token-loader.ts';
import type { TokenResult } from '../../token/token-result.ts';
import type { Dependencies } from '../dependencies.ts';
import type { ClientCommand } from '../messages.ts';
import type { Outbox } from './outbox.ts';
import type { ClientSession } from './session.ts';

/**
 * Loads, holds, renews and refreshes the token of the session, for the statechart, the socket and the requests alike.
 * The token itself stays in {@link ClientSession}.
 */
export class TokenManager {
  readonly #dependencies: Dependencies;
  readonly #outbox: Outbox;
  readonly #loader: TokenLoader;
  /** The load for which the statechart waits, or that it was given last. */
  #chartLoad: TokenWaiter | null = null;

  constructor(dependencies: Dependencies, outbox: Outbox) {
    this.#dependencies = dependencies;
    this.#outbox = outbox;
    this.#loader = new TokenLoader(dependencies.clock, dependencies.timing.tokenTimeoutMs);
  }

  /** For the statechart: sends `token.loaded` or `token.failed`. */
  load(command: Extract<ClientCommand, { readonly type: 'token.load' }>, session: ClientSession): void {
    const { attempt, sourceKey, reason } = command;
    if (session.identity.kind === 'anonymous') return this.#outbox.send({ type: 'token.loaded', attempt });
    const before = this.#chartLoad;
    session.sourceKey = sourceKey;
    const load: TokenWaiter = (result) => this.#sendResult(result, attempt);
    this.#chartLoad = load;
    const held = heldResult(session, reason);
    if (held === null) this.#loader.load(this.#loadOf(session, reason), load);
    else load(held);
    // Only now: the load before may be this one, and would be aborted while no caller waits for it.
    if (before !== null) this.#loader.leave(before);
  }

  /** The statechart no longer waits. */
  abort(): void {
    const before = this.#chartLoad;
    this.#chartLoad = null;
    if (before !== null) this.#loader.leave(before);
  }

  /** The server objects to `token`; returns whether another one can be had. */
  refuse(session: ClientSession, token: string | null): boolean {
    if (token === null) return true;
    session.refusedToken = token;
    if (session.token?.text === token) session.token = null;
    return session.token !== null || this.#canBeRenewed(session, token);
  }

  /** `token` is outside of the time in which it is valid: the source is asked again. */
  drop(session: ClientSession, token: string | null): void {
    if (session.identity.kind === 'user' && session.token?.text === token) session.token = null;
  }

  /** To be called every few seconds while connected. */
  tick(session: ClientSession): void {
    if (session.refresher.isDue() && this.#canBeRenewed(session, session.token?.text ?? '')) {
      void this.#refresh(session);
    }
  }

  async #refresh(session: ClientSession): Promise<void> {
    const { refresher } = session;
    refresher.start();
    const result = await this.#resultOf(this.#loadOf(session, 'expiring'));
    if (session.ending !== null) return;
    if (!result.ok) {
      const source = result.failure.code === 'protocolFailed' ? 'protocol' : 'provider';
      this.#outbox.report(source, result.failure, result.cause);
    }
    refresher.finish(result.ok);
  }

  /** For a request: the token that is held, or is loaded now; `null` for an anonymous user. */
  async need(session: ClientSession): Promise<Result<string | null>> {
    const { identity, token, refusedToken } = session;
    if (identity.kind === 'anonymous') return success(null);
    if (token !== null) return success(token.text);
    const failure = this.#loader.underWay === null && this.#justFailed(session);
    if (failure) return failed(failure);
    const load = this.#loader.underWay ?? this.#loadOf(session, refusedToken === null ? 'login' : 'refused');
    return textIn(await this.#resultOf(load));
  }

  /**
   * For a request: another token than the `refused` one. `loads` is what `session.loads` was when the request was sent: a
   * token that was loaded since is not asked for again.
   */
  async renew(session: ClientSession, refused: string, loads: number): Promise<Result<string>> {
    const { token } = session;
    if (token !== null && token.text !== refused) return success(token.text);
    session.refusedToken = refused;
    const failure = this.#justFailed(session);
    if (failure !== null) return failed(failure);
    const canRenew = session.loads === loads && this.#canBeRenewed(session, refused);
    const result = canRenew ? await this.#resultOf(this.#loadOf(session, 'refused')) : null;
    const isSame = result === null || (result.ok && result.token.text === refused);
    return isSame ? failed(NOT_RENEWED) : textIn(result);
  }

  /** Why a load for a request would fail: a source that failed a moment ago is left alone (law 8). */
  #justFailed({ failedLoad, sourceKey }: ClientSession): FailureInfo | null {
    const { clock, timing } = this.#dependencies;
    if (failedLoad?.sourceKey !== sourceKey) return null;
    const passedMs = clock.now() - failedLoad.atMs;
    return passedMs >= 0 && passedMs < timing.backoffBaseMs ? failedLoad.failure : null;
  }

  /** The session is over: nothing is loaded any more. */
  end(failure: FailureInfo): void {
    this.abort();
    this.#loader.abort({ ok: false, permanent: false, failure });
  }

  #loadOf(session: ClientSession, reason: TokenReason): TokenLoad {
    const { identity, sourceKey } = session;
    const { tokenSources, protocol, guests } = this.#dependencies;
    const source = tokenSources.get(sourceKey);
    return {
      identity,
      sourceKey,
      reason,
      ask: async (request) => {
        const result =
          identity.kind === 'guest' && guests !== undefined
            ? await guests.create(identity, this.#dependencies, request.signal)
            : await loadToken(source, identity.user, request, protocol.checkToken?.bind(protocol));
        if (!request.signal.aborted) this.#hold(session, sourceKey, result);
        return result;
      },
    };
  }

  #resultOf(load: TokenLoad): Promise<TokenResult> {
    return new Promise((resolve) => this.#loader.load(load, resolve));
  }

  #hold(session: ClientSession, sourceKey: number, result: TokenResult): void {
    session.loads += 1;
    const atMs = this.#dependencies.clock.now();
    session.failedLoad = result.ok ? null : { failure: result.failure, sourceKey, atMs };
    if (!result.ok) return;
    session.token = { ...result.token, sourceKey, user: result.user };
    session.refresher.replan();
  }

  #sendResult(result: TokenResult, attempt: number): void {
    if (result.ok) {
      const { user } = result;
      return this.#outbox.send({ type: 'token.loaded', attempt, ...(user !== undefined && { user }) });
    }
    const { permanent, failure, cause } = result;
    this.#outbox.send({ type: 'token.failed', attempt, permanent, failure }, { cause });
  }

  #canBeRenewed(session: ClientSession, token: string): boolean {
    return session.identity.kind === 'user' && canRenew(this.#dependencies.tokenSources.get(session.sourceKey), token);
  }
}

/** What needs no asking: a token from this very source that was not refused, or the certainty that there is none. */
function heldResult(session: ClientSession, reason: TokenReason): TokenResult | null {
  const { identity, token, sourceKey, refusedToken } = session;
  if (identity.kind === 'guest' && reason === 'refused') return { ok: false, permanent: true, failure: GUEST_IS_GONE };
  if (token === null || token.text === refusedToken) return null;
  if (identity.kind === 'user' && token.sourceKey !== sourceKey) return null;
  return { ok: true, token, user: token.user };
}

function textIn(result: TokenResult): Result<string> {
  if (result.ok) return success(result.token.text);
  return failed({ ...result.failure, cause: result.cause });
}

const GUEST_IS_GONE: FailureInfo = {
  code: 'tokenRejected',
  message: 'The token of a guest cannot be renewed: another guest would be made.',
};
const NOT_RENEWED: FailureInfo = {
  code: 'tokenRejected',
  message: 'The server refuses the token, and no other could be had.',
};
