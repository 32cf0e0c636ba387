import type { Clock } from '../../clock.ts';
import type { FailureInfo } from '../../errors.ts';
import { CONFIGURED_SOURCE_KEY } from '../../token/source-registry.ts';
import type { CheckedToken } from '../../token/token-result.ts';
import type { Identity, User } from '../../user.ts';
import { TokenRefresher } from './token-refresher.ts';

/** What the client actor holds of the session that is running. It is never shown: it holds the token. */
export class ClientSession {
  /** The newest form: a guest's user is replaced by the one the server made. */
  identity: Identity;
  sourceKey: number;
  token: HeldToken | null = null;
  refusedToken: string | null = null;
  /** The token of the newest hello, until the server refuses it. */
  acceptedToken: string | null = null;
  /** The token of the newest socket. The server may quote it after it was replaced or dropped. */
  socketToken: string | null = null;
  /** An expired token that an attempt was started with, until the server accepts it. */
  doubtedToken: string | null = null;
  /** How many loads were finished, with whichever result. */
  loads = 0;
  /** Why the newest load failed, from which source, and when. */
  failedLoad: { readonly failure: FailureInfo; readonly sourceKey: number; readonly atMs: number } | null = null;
  /** The server's clock minus this device's. */
  skewMs = 0;
  connectionId: string | null = null;
  /** Why the session is over; `null` while it runs. */
  ending: FailureInfo | null = null;
  readonly refresher: TokenRefresher;
  #controller: AbortController | null = null;
  #tokens = NO_TOKENS;

  constructor(identity: Identity, clock: Clock, sourceKey = CONFIGURED_SOURCE_KEY) {
    this.identity = identity;
    this.sourceKey = sourceKey;
    this.refresher = new TokenRefresher(clock, this);
  }

  /** Aborted when the session is over. Made when first needed: most sessions send no HTTP. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.ending !== null) this.#controller.abort();
    return this.#controller.signal;
  }

  end(ending: FailureInfo): void {
    this.ending ??= ending;
    this.#controller?.abort();
  }

  /** The user as the server knows them: a guest has the id that the server chose. */
  userId(): string {
    return this.token?.user?.id ?? this.identity.user.id;
  }

  /**
   * Whether the held token is past its expiry by the server's clock, as far as that is known. Never for a guest: another
   * token would be another guest's, so theirs is kept until the server refuses it.
   */
  holdsExpiredToken(nowMs: number): boolean {
    const expiresAtMs = this.token?.expiresAtMs ?? null;
    return this.identity.kind === 'user' && expiresAtMs !== null && expiresAtMs <= nowMs + this.skewMs;
  }

  /** Every token of the session, for redaction. The same array until one changes, because it is prepared once. */
  tokens(): readonly string[] {
    const tokens = [this.token?.text, this.refusedToken, this.socketToken].filter((token) => typeof token === 'string');
    if (tokens.join() !== this.#tokens.join()) this.#tokens = tokens;
    return this.#tokens;
  }
}

export interface HeldToken extends CheckedToken {
  readonly sourceKey: number;
  /** For a guest: the user that the server made of them. */
  readonly user: User | undefined;
}

const NO_TOKENS: readonly string[] = [];
