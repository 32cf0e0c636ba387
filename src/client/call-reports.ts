import type { SendReport } from '../diagnostics.ts';
import type { FailureInfo, SessionError } from '../errors.ts';
import { isDevelopment } from './is-development.ts';

/** Reports a mistake of the app, with `warnings` also to the console of a development build. */
export function reportMistake(report: SendReport, warnings: boolean, failure: FailureInfo, remedy: string): void {
  report({ source: 'app', failure });
  if (!warnings || !isDevelopment()) return;
  // biome-ignore lint/suspicious/noConsole: a developer who looks nowhere else sees it nowhere else
  console.warn(`sessionchart: ${failure.code}: ${failure.message} ${remedy}`);
}

/** The report about a failure that no code of the app has seen. */
export function unreadFailure({ code, message, status, serverCode }: SessionError): FailureInfo {
  return { code, message: `A call failed, and nothing looks at its result: ${message}`, status, serverCode };
}
