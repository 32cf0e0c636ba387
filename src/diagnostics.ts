import type { FailureInfo } from './errors.ts';

/**
 * Something that went wrong and was survived. Told to `onDiagnostic`; never thrown and never written to the console.
 *
 * `source` says whose fault it was: the app's `listener`, `subscriber`, `inspector`, `provider`, `repository` or `protocol`; the
 * `server` (a bad frame, a refusal); the `environment`; or `internal`, this library.
 */
export interface Diagnostic {
  readonly source:
    | 'listener'
    | 'subscriber'
    | 'inspector'
    | 'provider'
    | 'repository'
    | 'protocol'
    | 'server'
    | 'environment'
    | 'internal';
  readonly failure: FailureInfo;
  /** The original error, unless its text held a token. */
  readonly cause?: unknown;
}

export type ReportDiagnostic = (diagnostic: Diagnostic) => void;
