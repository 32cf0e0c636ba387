import { type FailureInfo, failed, type Result, success } from '../../errors.ts';
import { canRenew, loadToken } from '../../token/load-token.ts';
import type { TokenReason } from '../../token/source.ts';
import { type TokenLoad, TokenLoader, type TokenWaiter } from '../../token/token-loader.ts';
import type { CheckedToken, TokenResult } from '../../token/token-result.ts';
import type { Identity, User } from '../../user.ts';
import type { Dependencies } from '../dependencies.ts';
import type { ClientCommand } from '../messages.ts';
import type { Outbox } from './outbox.ts';
import { TokenRefresher } from './token-refresher.ts';

/**
 * A session as the client actor holds it: its user, and their token, which is loaded, renewed and refreshed for the
 * statechart, the socket and the requests alike. It is never shown: it holds the token.
 */
export class ClientSession {
  /** The newest form: a guest's user is replaced by the one the server made. */
  identity: Identity;
  sourceKey: number;
  connectionId: string | null = null;
  /** Why the session is over; `null` while it runs. */
  ending: FailureInfo | null = null;
  token: HeldToken | null = null;
  refusedToken: string | null = null;
  /** The token of the newest hello, until the server refuses it. */
  acceptedToken: string | null = null;
  /** The token of the newest socket. The server may quote it after it was replaced or dropped. */
  socketToken: string | null = null;
  /** An expired token that an attempt was started with, until the server accepts it. */
  doubtedToken: string | null = null;
  /** How many attempts failed since a stable connection; some count for more. */
  suspicion = 0;
  /** How many loads were finished, with whichever result. */
  loads = 0;
  readonly #dependencies: Dependencies;
  readonly #outbox: Outbox;
  readonly #loader: TokenLoader;
  readonly #refresher: TokenRefresher;
  #controller: AbortController | null = null;
  /** The load for which the statechart waits, or that it was given last. */
  #chartLoad: TokenWaiter = NOT_WAITING;
  /** Why the newest load failed, from which source, and when. */
  #failedLoad: { readonly failure: FailureInfo; readonly sourceKey: number; readonly atMs: number } | null = null;
  #tokens = NO_TOKENS;

  constructor(identity: Identity, sourceKey: number, dependencies: Dependencies, outbox: Outbox) {
    const { clock, timing } = dependencies;
    this.identity = identity;
    this.sourceKey = sourceKey;
    this.#dependencies = dependencies;
    this.#outbox = outbox;
    this.#loader = new TokenLoader(clock, timing.tokenTimeoutMs);
    this.#refresher = new TokenRefresher(clock, this);
  }

  /** Aborted when the session is over. */
  get signal(): AbortSignal {
    // Made when first needed: most sessions send no HTTP.
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  /** For the statechart: sends `token.loaded` or `token.failed`. */
  loadToken({ attempt, sourceKey, reason }: Extract<ClientCommand, { readonly type: 'token.load' }>): void {
    if (this.identity.kind === 'anonymous') return this.#outbox.send({ type: 'token.loaded', attempt });
    const before = this.#chartLoad;
    this.sourceKey = sourceKey;
    const load: TokenWaiter = (result) => this.#sendResult(result, attempt);
    this.#chartLoad = load;
    const held = this.#heldResult();
    if (held === null) this.#loader.load(this.#loadOf(reason), load);
    else load(held);
    // Only now: the load before may be this one, and would be aborted while no caller waits for it.
    this.#loader.leave(before);
  }

  /** The statechart no longer waits. */
  abortToken(): void {
    this.#loader.leave(this.#chartLoad);
  }

  /** The server objects to `token`; returns whether another one can be had. */
  refuseToken(token: string | null): boolean {
    if (token === null) return true;
    this.refusedToken = token;
    if (this.token?.text === token) this.token = null;
    return this.#canBeRenewed(token);
  }

  /** `token` is outside of the time in which it is valid: the source is asked again. */
  dropToken(token: string | null): void {
    if (this.identity.kind === 'user' && this.token?.text === token) this.token = null;
  }

  /** The server has said hello, at this time by its clock where it is known. */
  onHello(serverTimeMs: number | null): void {
    this.#refresher.onHello(serverTimeMs);
  }

  /** To be called every few seconds while connected. */
  tick(): void {
    if (this.#refresher.isDue() && this.#canBeRenewed(this.token?.text ?? '')) {
      void this.#refresh();
    }
  }

  async #refresh(): Promise<void> {
    this.#refresher.start();
    const isLoaded = await this.#replaceToken('expiring');
    if (this.ending === null) this.#refresher.finish(isLoaded);
  }

  /** An attempt ended before its connection was stable, and the token was not mentioned. */
  onFailedAttempt(closeCode = 0): void {
    // Most often that is an outage, in which the token is as good as before. But a gateway may refuse one without a word,
    // and a browser shows no status: now and then another one is asked for. A close by the code of an app or a policy
    // counts for more: most often the login has caused it.
    this.suspicion += closeCode === 1008 || closeCode >= 3000 ? MANY_ATTEMPTS / 4 : 1;
    if (this.suspicion < MANY_ATTEMPTS || !this.#canBeRenewed(this.token?.text ?? '')) return;
    this.suspicion = 0;
    void this.#replaceToken('refused');
  }

  async #replaceToken(reason: TokenReason): Promise<boolean> {
    const result = await this.#resultOf(this.#loadOf(reason));
    if (!result.ok && this.ending === null) {
      const source = result.failure.code === 'protocolFailed' ? 'protocol' : 'provider';
      this.#outbox.report(source, result.failure, result.cause);
    }
    return result.ok;
  }

  /** For a request: the token that is held, or is loaded now; `null` for an anonymous user. */
  async needToken(): Promise<Result<string | null>> {
    const { token, refusedToken } = this;
    if (this.identity.kind === 'anonymous') return success(null);
    if (token !== null) return success(token.text);
    const failure = this.#loader.underWay === null && this.#justFailed();
    if (failure) return failed(failure);
    const load = this.#loader.underWay ?? this.#loadOf(refusedToken === null ? 'login' : 'refused');
    return textIn(await this.#resultOf(load));
  }

  /**
   * For a request: another token than the `refused` one. `loads` is what {@link ClientSession.loads} was when the request was sent: a
   * token that was loaded since is not asked for again.
   */
  async renewToken(refused: string, loads: number): Promise<Result<string>> {
    const { token } = this;
    if (token !== null && token.text !== refused) return success(token.text);
    this.refusedToken = refused;
    const failure = this.#justFailed();
    if (failure !== null) return failed(failure);
    const canRenew = this.loads === loads && this.#canBeRenewed(refused);
    const result = canRenew ? await this.#resultOf(this.#loadOf('refused')) : null;
    const isSame = result === null || (result.ok && result.token.text === refused);
    return isSame ? failed(NOT_RENEWED) : textIn(result);
  }

  /** Why a load for a request would fail: a source that failed a moment ago is left alone (law 8). */
  #justFailed(): FailureInfo | null {
    const { clock, timing } = this.#dependencies;
    const failed = this.#failedLoad;
    if (failed?.sourceKey !== this.sourceKey) return null;
    const passedMs = clock.now() - failed.atMs;
    return passedMs >= 0 && passedMs < timing.backoffBaseMs ? failed.failure : null;
  }

  /** The user as the server knows them: a guest has the id that the server chose. */
  userId(): string {
    return this.token?.user?.id ?? this.identity.user.id;
  }

  /** Whether the held token is past its expiry by the server's clock, as far as that is known. Never for a guest. */
  holdsExpiredToken(nowMs: number): boolean {
    // Another token would be another guest's, so theirs is kept until the server refuses it.
    const expiresAtMs = this.token?.expiresAtMs ?? null;
    return this.identity.kind === 'user' && expiresAtMs !== null && expiresAtMs <= nowMs + this.#refresher.skewMs;
  }

  /** Every token of the session, for redaction. */
  tokens(): readonly string[] {
    // The same array until one changes, because it is prepared once.
    const tokens = [this.token?.text, this.refusedToken, this.socketToken].filter((token) => typeof token === 'string');
    if (tokens.join() !== this.#tokens.join()) this.#tokens = tokens;
    return this.#tokens;
  }

  /** The session is over: nothing is loaded or sent any more. */
  end(ending: FailureInfo): void {
    this.ending = ending;
    this.#controller?.abort();
    this.abortToken();
    this.#loader.abort({ ok: false, permanent: false, failure: ending });
  }

  #loadOf(reason: TokenReason): TokenLoad {
    const { identity, sourceKey } = this;
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
        if (!request.signal.aborted) this.#hold(sourceKey, result);
        return result;
      },
    };
  }

  #resultOf(load: TokenLoad): Promise<TokenResult> {
    return new Promise((resolve) => this.#loader.load(load, resolve));
  }

  #hold(sourceKey: number, result: TokenResult): void {
    this.loads += 1;
    const atMs = this.#dependencies.clock.now();
    this.#failedLoad = result.ok ? null : { failure: result.failure, sourceKey, atMs };
    if (!result.ok) return;
    const { text, expiresAtMs, issuedAtMs } = result.token;
    // By name: V8 makes a hidden class of its own for each object that another one was spread into.
    this.token = { text, expiresAtMs, issuedAtMs, sourceKey, user: result.user };
    this.#refresher.replan();
  }

  #sendResult(result: TokenResult, attempt: number): void {
    if (result.ok) {
      const { user } = result;
      return this.#outbox.send({ type: 'token.loaded', attempt, ...(user !== undefined && { user }) });
    }
    const { permanent, failure, cause } = result;
    this.#outbox.send({ type: 'token.failed', attempt, permanent, failure }, { cause });
  }

  /** What needs no asking: a token from this very source that was not refused. */
  #heldResult(): TokenResult | null {
    const { token, sourceKey, refusedToken } = this;
    if (token === null || token.text === refusedToken || token.sourceKey !== sourceKey) return null;
    return { ok: true, token, user: token.user };
  }

  #canBeRenewed(token: string): boolean {
    return this.identity.kind === 'user' && canRenew(this.#dependencies.tokenSources.get(this.sourceKey), token);
  }
}

export interface HeldToken extends CheckedToken {
  readonly sourceKey: number;
  /** For a guest: the user that the server made of them. */
  readonly user: User | undefined;
}

/** Some ten minutes by the default timing. */
const MANY_ATTEMPTS = 32;
const NO_TOKENS: readonly string[] = [];
const NOT_WAITING: TokenWaiter = () => {};

function textIn(result: TokenResult): Result<string> {
  if (result.ok) return success(result.token.text);
  return failed({ ...result.failure, cause: result.cause });
}

const NOT_RENEWED: FailureInfo = {
  code: 'tokenRejected',
  message: 'The server refuses the token, and no other could be had.',
};
