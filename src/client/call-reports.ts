import type { SendReport } from '../diagnostics.ts';
import type { FailureInfo } from '../errors.ts';
import type { CallReports } from './call.ts';
import { isDevelopment } from './is-development.ts';
import { faultOf } from './reporter.ts';

/** Reports a mistake of the app, with `warnings` also to the console of a development build. */
export function reportMistake(report: SendReport, warnings: boolean, failure: FailureInfo, remedy: string): void {
  report({ source: 'app', failure });
  if (!warnings || !isDevelopment()) return;
  // biome-ignore lint/suspicious/noConsole: a developer who looks nowhere else sees it nowhere else
  console.warn(`sessionchart: ${failure.code}: ${failure.message} ${remedy}`);
}

/** Where calls report what the app would not see otherwise. */
export function reportsOfCalls(report: SendReport, warnings: boolean): CallReports {
  return {
    listenerThrew: (cause) => report(faultOf('listener', 'A listener', cause)),
    failedUnread({ code, message, remedy, status, serverCode }) {
      const failure = {
        code,
        message: `A call failed, and nothing looks at its result: ${message}`,
        status,
        serverCode,
      };
      reportMistake(report, warnings, failure, remedy);
    },
  };
}
