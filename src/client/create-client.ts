import type { Protocol } from '../protocol/protocol.ts';
import type { ChatClient } from './builder.ts';
import { ProtocolClient } from './chat-client.ts';
import type { ClientOf } from './client-of.ts';
import { defaults } from './defaults.ts';
import type { ChatClientOptions } from './options.ts';

/**
 * Creates a client, inert until used. It is independent of every other client and of {@link ChatClient.instance}.
 *
 * @throws SessionError `invalidArgument` that names the option; nothing was started.
 */
export function createChatClient<P extends Protocol<never>>(
  options: ChatClientOptions & { readonly protocol: P },
): ChatClient & ClientOf<P>;
export function createChatClient(options: ChatClientOptions): ChatClient;
export function createChatClient(options: ChatClientOptions): ChatClient {
  return new ProtocolClient(options, undefined, defaults);
}
