import { guests } from '../actors/client/guest.ts';
import { invalidArgument } from '../errors.ts';
import { streamChat } from '../protocol/stream-chat/index.ts';
import type { Defaults } from './options.ts';
import { requests } from './requests/index.ts';

/*
 * The one file of the core that names the default protocol, the requests and the guests: a bundle without it has none of
 * their bytes.
 */

export const defaults: Defaults = {
  requests,
  guests,
  protocol({ apiKey, baseUrl, clientName }) {
    if (apiKey === undefined) throw invalidArgument('apiKey', 'expected a string');
    return streamChat({ apiKey, baseUrl, clientName });
  },
};
