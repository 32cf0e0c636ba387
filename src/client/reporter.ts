import type { DiagnosticLevel, Report, ReportDiagnostic, SendReport } from '../diagnostics.ts';
import type { ErrorCode } from '../errors.ts';
import { describeCause } from '../token/redact.ts';
import { callSafely } from './call-safely.ts';

/** Passes reports on to the app, with their level, the frequent ones thinned out. What the app throws goes no further. */
export function createReporter(onDiagnostic: ReportDiagnostic | undefined): SendReport {
  if (onDiagnostic === undefined) return ignore;
  const counts = new Map<string, number>();
  return (report) => {
    const { source, failure } = report;
    const kind = `${source} ${failure.code}`;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    if (CAN_BE_FREQUENT.has(failure.code) && !isPowerOfTen(count)) return;
    callSafely(() => onDiagnostic({ ...report, level: report.level ?? levelOf(report), count }), ignore);
  };
}

/** The sender of frames decides how many are bad; every other fault is paced. */
const CAN_BE_FREQUENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['badFrame']);

function isPowerOfTen(count: number): boolean {
  return /^10*$/.test(String(count));
}

const INFO: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['networkOffline', 'connectionLost', 'wentSilent']);
const ERROR: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'endedByServer',
  'userRejected',
  'appRejected',
  'tokenSourceMissing',
  'userNotForgotten',
]);

function levelOf({ source, failure }: Report): DiagnosticLevel {
  // A throw of the app's own code is reported as `internal`, too.
  const isError = failure.code === 'internal' ? source === 'internal' : ERROR.has(failure.code);
  if (isError || source === 'app') return 'error';
  return INFO.has(failure.code) ? 'info' : 'warning';
}

/** A report about app code that threw. */
export function faultOf(source: Report['source'], what: string, thrown: unknown): Report {
  const { text, cause } = describeCause(thrown);
  return { source, failure: { code: 'internal', message: `${what} threw: ${text}` }, cause };
}

function ignore(): void {}
