import { invalidArgument } from '../errors.ts';

/**
 * Checks the API key: a record written without one would be read as another app's.
 *
 * @throws SessionError `invalidArgument`
 */
export function checkRecordOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) throw invalidArgument('options', 'expected { apiKey }');
  const { apiKey } = options as { readonly apiKey?: unknown };
  if (typeof apiKey !== 'string' || apiKey === '')
    throw invalidArgument('apiKey', 'expected a string that is not empty');
}
