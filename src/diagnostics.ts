import type { FailureInfo } from './errors.ts';

/** Whose fault it was. */
export type DiagnosticSource =
  /** The app: a call has failed and nothing looked at its result, or an option contradicts another. */
  | 'app'
  | 'listener'
  | 'subscriber'
  | 'inspector'
  | 'provider'
  | 'repository'
  | 'protocol'
  /** A bad frame, a refusal. */
  | 'server'
  /** A connection that was lost or could not be opened. */
  | 'network'
  | 'environment'
  | 'clock'
  /** This library. */
  | 'internal';

/**
 * How much it matters.
 *
 * - `info`: expected now and then, and no fault: a lost connection, a logout in another tab.
 * - `warning`: survived, and worth a look if it happens often: a bad frame, a throwing listener, storage that is full.
 * - `error`: something that a user notices: a session has ended, a logout could not remove the stored user, a login has
 *   failed and nothing looked at its result.
 */
export type DiagnosticLevel = 'info' | 'warning' | 'error';

/** Something that went wrong. Passed to `onDiagnostic`; never thrown. */
export interface Diagnostic {
  readonly source: DiagnosticSource;
  readonly level: DiagnosticLevel;
  readonly failure: FailureInfo;
  /**
   * How often this has happened to this client. What a frame can cause (bad frames, faults of the protocol, listeners or a
   * clock that throw) is thinned out: the 1st, 10th, 100th, … is passed on.
   */
  readonly count?: number | undefined;
  /** The original error, unless its text held a token. */
  readonly cause?: unknown;
}

/** A diagnostic as it is reported inside of the library; the level follows from source and code where it is left out. */
export type Report = Omit<Diagnostic, 'level' | 'count'> & { readonly level?: DiagnosticLevel | undefined };

export type ReportDiagnostic = (diagnostic: Diagnostic) => void;

/** Never throws, whatever receives the reports. */
export type SendReport = (report: Report) => void;
