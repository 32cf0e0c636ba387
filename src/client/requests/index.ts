import { createSender } from '../../actors/client/requests.ts';
import type { RequestEngine } from '../../actors/dependencies.ts';
import { startRequest } from './call.ts';
import { parseRequest } from './input.ts';

/**
 * What `client.request()` works with: imported, and given to the client as its option `requests`. An app that sends none
 * has nothing of it in its bundle.
 */
export interface Requests extends RequestEngine {
  readonly parse: typeof parseRequest;
  readonly start: typeof startRequest;
}

export const requests: Requests = { createSender, parse: parseRequest, start: startRequest };
