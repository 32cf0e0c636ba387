import { invalidArgument } from '../errors.ts';
import { streamChat } from '../protocol/stream-chat/index.ts';
import type { DefaultProtocol } from './options.ts';

/*
 * The one file of the core that names the default protocol: a bundle without it has none of its bytes.
 */

export const defaultProtocol: DefaultProtocol = ({ apiKey, baseUrl, clientName }) => {
  if (apiKey === undefined) throw invalidArgument('apiKey', 'expected a string');
  return streamChat({
    apiKey,
    ...(baseUrl !== undefined && { baseUrl }),
    ...(clientName !== undefined && { clientName }),
  });
};
