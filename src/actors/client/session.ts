import { CONFIGURED_SOURCE_KEY } from '../../token/source-registry.ts';
import type { CheckedToken } from '../../token/validate.ts';
import type { Identity, User } from '../../user.ts';

/** What the client actor knows of the session that is running. It is never shown: it holds the token. */
export interface ClientSession {
  /** The newest form: a guest's user is replaced by the one the server made. */
  identity: Identity;
  /** The token source for the next load, as a key into the tokenSources. */
  key: number;
  token: HeldToken | null;
  /** The last token that the server refused. */
  refusedToken: string | null;
  /** How many loads were finished, whatever came of them. */
  loads: number;
  /** Of the socket that is greeted now. */
  connectionId: string | null;
  /** Aborted when the session is over. */
  readonly end: AbortController;
}

export interface HeldToken extends CheckedToken {
  /** The source it came from. */
  readonly key: number;
  /** For a guest: who the server made of them. */
  readonly user?: User;
}

export function beginSession(identity: Identity): ClientSession {
  return {
    identity,
    key: CONFIGURED_SOURCE_KEY,
    token: null,
    refusedToken: null,
    loads: 0,
    connectionId: null,
    end: new AbortController(),
  };
}

export function isOver(session: ClientSession): boolean {
  return session.end.signal.aborted;
}

/** Whether the session is this one's, too. */
export function isFor(session: ClientSession, identity: Identity): boolean {
  return session.identity.kind === identity.kind && session.identity.id === identity.id;
}

/** Every token of the session, for redaction. */
export function tokensOf(session: ClientSession | null): readonly string[] {
  const tokens = [session?.token?.text, session?.refusedToken];
  return tokens.filter((token) => typeof token === 'string');
}
