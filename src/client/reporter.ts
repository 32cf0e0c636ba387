import type { DiagnosticLevel, DiagnosticSource, Report, ReportDiagnostic, SendReport } from '../diagnostics.ts';
import { type FailureInfo, type SessionError, traitsOf } from '../errors.ts';
import { callSafely } from '../input.ts';
import { describeCause } from '../token/redact.ts';

/** Passes reports on to the app, with their level, the frequent ones thinned out. What the app throws goes no further. */
export function createReporter(onDiagnostic: ReportDiagnostic | undefined): SendReport {
  if (onDiagnostic === undefined) return ignore;
  const counts = new Map<string, number>();
  return (report) => {
    const { source, failure } = report;
    const kind = `${source} ${failure.code}`;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    // The sender of frames decides how often these happen; every other fault is paced.
    const isFrequent =
      source === 'listener' || source === 'clock' || failure.code === 'badFrame' || failure.code === 'protocolFailed';
    if (isFrequent && !/^10*$/.test(String(count))) return;
    callSafely(() => onDiagnostic({ ...report, level: report.level ?? levelOf(report), count }), ignore);
  };
}

function levelOf({ source, failure: { code } }: Report): DiagnosticLevel {
  // A throw of the app's own code is reported as `internal`, too.
  if (source === 'app' || (code === 'internal' && source === 'internal')) return 'error';
  return traitsOf(code).level ?? 'warning';
}

/** A report about code that threw, the app's or (`internal`) the statechart's. */
export function faultOf(source: DiagnosticSource, thrown: unknown): Report {
  const { text, cause } = describeCause(thrown);
  const what = source === 'internal' ? 'statechart' : source;
  return { source, failure: { code: 'internal', message: `The ${what} threw: ${text}` }, cause };
}

/**
 * What the chart holds as its failure is reported once, wherever the call or the snapshot shows it too. `isOver` says
 * whether it has ended the session.
 */
export function reportFailure(failure: FailureInfo, cause: unknown, isOver: boolean, report: SendReport): void {
  const { code } = failure;
  const { source } = traitsOf(code);
  if (source === undefined) return;
  const level = code === 'tokenInvalid' || (code === 'tokenRejected' && isOver) ? 'error' : undefined;
  report({ source, failure, level, cause });
}

/** Reports a mistake of the app, with `warnings` also to the console, which a production build leaves out. */
export function reportMistake(
  { report, warnings }: { readonly report: SendReport; readonly warnings: boolean },
  failure: FailureInfo,
  remedy = '',
): void {
  report({ source: 'app', failure });
  if (warnings && isDevelopment()) warn(failure, remedy);
}

function warn({ code, message }: FailureInfo, remedy: string): void {
  const end = /[.!?]$/.test(message) ? '' : '.';
  const text = `sessionchart: ${code}: ${message}${end} ${remedy}`.trim();
  // biome-ignore lint/suspicious/noConsole: a developer who looks nowhere else sees it nowhere else
  callSafely(() => console.warn(text), ignore);
}

const warned = new WeakSet<object>();

/** An error of a listener would otherwise be seen nowhere, and the app seem to receive nothing: a client shows its first. */
export function warnOfThrow(client: object, source: DiagnosticSource, thrown: unknown): void {
  if (warned.has(client) || (source !== 'listener' && source !== 'subscriber')) return;
  warned.add(client);
  const {
    failure: { message },
    cause,
  } = faultOf(source, thrown);
  // biome-ignore lint/suspicious/noConsole: a developer who looks nowhere else sees it nowhere else
  callSafely(() => console.warn(`sessionchart: ${message}. The session goes on.`, cause), ignore);
}

/** The report about a failure that no code of the app has seen. */
export function unreadFailure({ code, message, status, serverCode }: SessionError): FailureInfo {
  return { code, message: `A call failed, and its result is not read: ${message}`, status, serverCode };
}

/**
 * Everything that does not declare itself a production build is a development build. Written as bundlers look for it, so
 * that they put the value in; where there is neither a bundler nor a `process`, it is development.
 */
export function isDevelopment(): boolean {
  try {
    return process.env.NODE_ENV !== 'production';
  } catch {
    return true;
  }
}

function ignore(): void {}
