import type { SendReport } from '../diagnostics.ts';
import type { CallReports } from './call.ts';
import { isDevelopment } from './is-development.ts';
import { faultOf } from './reporter.ts';

/**
 * Where calls report what the app would not see otherwise: a listener that has thrown, and a failure whose result
 * nothing looks at. With `warnings` the latter is also written to the console of a development build.
 */
export function reportsOfCalls(report: SendReport, warnings: boolean): CallReports {
  return {
    listenerThrew: (cause) => report(faultOf('listener', 'A listener', cause)),
    failedUnread(error) {
      const { code, message, remedy } = error;
      report({
        source: 'app',
        failure: { code, message: `Nothing looks at the result of a call: ${message}` },
        cause: error,
      });
      if (warnings && isDevelopment()) {
        // biome-ignore lint/suspicious/noConsole: a developer who ignores results sees failures nowhere else
        console.warn(`sessionchart: a call has failed, and nothing looks at its result. ${code}: ${message} ${remedy}`);
      }
    },
  };
}
