import { assertFit, FILLED_STRING, OBJECT } from '../input.ts';

/**
 * Checks the API key: a record written without one would be read as another app's.
 *
 * @throws SessionError `invalidArgument`
 */
export function checkRecordOptions(options: unknown): void {
  assertFit('options', options, OBJECT);
  assertFit('apiKey', (options as { readonly apiKey: unknown }).apiKey, FILLED_STRING);
}
