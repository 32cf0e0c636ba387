import { assertFit, FILLED_STRING, knownMembers } from '../input.ts';

/**
 * Checks the API key: a record written without one would be read as another app's.
 *
 * @param others The options that the repository has besides it.
 * @throws SessionError `invalidArgument`
 */
export function checkRecordOptions(options: unknown, others: readonly string[] = []): void {
  knownMembers(options, ['apiKey', ...others]);
  assertFit('apiKey', (options as { readonly apiKey: unknown }).apiKey, FILLED_STRING);
}
