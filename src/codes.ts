import type { DiagnosticLevel, DiagnosticSource } from './diagnostics.ts';
import type { REMEDIES } from './remedies.ts';

/** What follows from an error code. */
interface CodeTraits {
  /** The same call may succeed later without a change in the app. */
  readonly retryable?: true;
  /** Whose fault it is where a session fails by it; left out where it is reported elsewhere, or is no fault. */
  readonly source?: DiagnosticSource;
  /** How much it matters. Default: `warning`. */
  readonly level?: DiagnosticLevel;
}

type Code = keyof typeof REMEDIES;

/** Of a call that cannot be made as it is, or what the app asked for: nothing follows. */
type WithoutTraits =
  | 'invalidArgument'
  | 'otherUserConnected'
  | 'notLoggedIn'
  | 'notWaiting'
  | 'noInstance'
  | 'instanceExists'
  | 'notSupported'
  | 'loggedOut'
  | 'disposed';

/** Of every other code, which the type sees to. */
const TRAITS: Readonly<Record<Exclude<Code, WithoutTraits>, CodeTraits>> = {
  stillConnecting: { retryable: true },
  loggedOutElsewhere: { source: 'repository', level: 'info' },
  endedByServer: { source: 'server', level: 'error' },
  userRejected: { source: 'server', level: 'error' },
  appRejected: { source: 'server', level: 'error' },
  tokenRejected: { source: 'server' },
  tokenSourceMissing: { source: 'app', level: 'error' },
  tokenUnavailable: { retryable: true, source: 'provider' },
  tokenTimedOut: { retryable: true, source: 'provider' },
  tokenInvalid: { source: 'provider' },
  tokenTooEarly: { retryable: true, source: 'server' },
  networkOffline: { retryable: true, source: 'network', level: 'info' },
  connectionLost: { retryable: true, source: 'network', level: 'info' },
  connectionRefused: { retryable: true, source: 'network' },
  helloTimedOut: { retryable: true, source: 'network' },
  helloForAnotherUser: { retryable: true, source: 'server' },
  badFrame: { retryable: true, source: 'server' },
  protocolFailed: { retryable: true, source: 'protocol' },
  loginTooLarge: { source: 'server', level: 'error' },
  wentSilent: { retryable: true, source: 'network', level: 'info' },
  rateLimited: { retryable: true, source: 'server' },
  serverUnavailable: { retryable: true, source: 'server' },
  storageFailed: { retryable: true },
  storageTimedOut: { retryable: true },
  userNotForgotten: { retryable: true, level: 'error' },
  requestFailed: { retryable: true },
  requestTimedOut: { retryable: true },
  cancelled: { retryable: true },
  internal: { source: 'internal' },
};

export function traitsOf(code: Code): CodeTraits {
  return (TRAITS as Partial<Record<Code, CodeTraits>>)[code] ?? {};
}
