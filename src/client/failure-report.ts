import type { DiagnosticLevel, DiagnosticSource, SendReport } from '../diagnostics.ts';
import type { ErrorCode, FailureInfo } from '../errors.ts';

/** What the chart holds as its failure is reported once, wherever the call or the snapshot shows it too. */
export function reportFailure(failure: FailureInfo, cause: unknown, report: SendReport): void {
  const kind = KINDS[failure.code];
  if (kind === undefined) return;
  const [source, level] = kind;
  report({ source, level, failure, ...(cause !== undefined && { cause }) });
}

/** The rest is about calls, or is reported where it happens, or was asked for by the app. */
const KINDS: Partial<Record<ErrorCode, readonly [DiagnosticSource, DiagnosticLevel]>> = {
  tokenSourceMissing: ['app', 'error'],
  tokenUnavailable: ['provider', 'warning'],
  tokenTimedOut: ['provider', 'warning'],
  tokenInvalid: ['provider', 'error'],
  tokenRejected: ['server', 'warning'],
  tokenTooEarly: ['server', 'warning'],
  userRejected: ['server', 'error'],
  appRejected: ['server', 'error'],
  endedByServer: ['server', 'error'],
  helloForAnotherUser: ['server', 'warning'],
  badFrame: ['server', 'warning'],
  rateLimited: ['server', 'warning'],
  serverUnavailable: ['server', 'warning'],
  networkOffline: ['network', 'info'],
  connectionLost: ['network', 'info'],
  connectionRefused: ['network', 'warning'],
  helloTimedOut: ['network', 'warning'],
  wentSilent: ['network', 'info'],
};
