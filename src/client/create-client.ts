import { SessionError } from '../errors.ts';
import type { Protocol } from '../protocol/protocol.ts';
import { OptionsBuilder } from './builder.ts';
import { getBuilt, setBuilt } from './built-client.ts';
import { ProtocolClient } from './chat-client.ts';
import type { ClientOf } from './client-of.ts';
import { defaults } from './defaults.ts';
import { type ChatClientOptions, type ClientSettings, parseOptions } from './options.ts';
import type { Session } from './session.ts';

class ChatClientBuilder extends OptionsBuilder {
  /**
   * Builds the client and makes it {@link ChatClient.instance}. Called again for the same API key and base URL, as a hot
   * update does that evaluates a module a second time, it returns the client that there is.
   *
   * @throws SessionError `instanceExists` while one for another app was not disposed; `invalidArgument`.
   */
  build(): ChatClient {
    const options = this.collected;
    parseOptions(options, defaults);
    const built = getBuilt<ChatClient>();
    if (built === null) {
      const client = new ChatClient(options);
      setBuilt(client, options);
      return client;
    }
    if (built.options.apiKey === options.apiKey && built.options.baseUrl === options.baseUrl) return built.client;
    throw new SessionError({
      code: 'instanceExists',
      message: 'A ChatClient was built for another app already, and not disposed.',
    });
  }
}

/** A {@link ProtocolClient} that uses the default protocol where the options have none. */
export class ChatClient extends ProtocolClient {
  /**
   * @param createSession For tests: what the client runs on.
   * @throws SessionError `invalidArgument` that names the option; nothing was started.
   */
  constructor(options: ChatClientOptions, createSession?: (settings: ClientSettings) => Session) {
    super(options, createSession, defaults);
  }

  /**
   * The client that a {@link ChatClient.Builder} has built.
   *
   * @throws SessionError `noInstance` when none was built, or the last one was disposed.
   */
  static instance(): ChatClient {
    const built = getBuilt<ChatClient>();
    if (built === null) {
      throw new SessionError({ code: 'noInstance', message: 'No ChatClient was built, or the last one was disposed.' });
    }
    return built.client;
  }

  /** Builds the client that {@link ChatClient.instance} returns. */
  static readonly Builder = ChatClientBuilder;
}

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
  return new ChatClient(options);
}
