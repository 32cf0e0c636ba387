import type { ReportDiagnostic } from '../diagnostics.ts';
import type { Environment } from '../environment/environment.ts';
import { SessionError } from '../errors.ts';
import type { UserRepository } from '../repository/repository.ts';
import type { Timing } from '../timing.ts';
import type { TokenSource } from '../token/source.ts';
import type { Call } from './call.ts';
import type { ChatClientOptions, WebSocketClass } from './options.ts';
import { SessionClient } from './session-client.ts';

/** The client that the builder built, for apps that have one and reach for it from everywhere. */
let instance: ChatClient | null = null;

/** Collects options one by one. Each method answers the builder; nothing is checked before `build()`. */
class ChatClientBuilder {
  #options: ChatClientOptions;

  constructor(apiKey: string) {
    this.#options = { apiKey };
  }

  baseUrl(baseUrl: string): this {
    return this.options({ baseUrl });
  }

  tokenProvider(tokenProvider: TokenSource): this {
    return this.options({ tokenProvider });
  }

  userRepository(userRepository: UserRepository): this {
    return this.options({ userRepository });
  }

  environment(environment: Environment): this {
    return this.options({ environment });
  }

  webSocket(WebSocket: WebSocketClass, webSocketOptions?: object): this {
    return this.options({ WebSocket, ...(webSocketOptions !== undefined && { webSocketOptions }) });
  }

  timing(timing: Partial<Timing>): this {
    return this.options({ timing });
  }

  onDiagnostic(onDiagnostic: ReportDiagnostic): this {
    return this.options({ onDiagnostic });
  }

  /** Any further option of {@link createChatClient}. */
  options(options: Omit<ChatClientOptions, 'apiKey'>): this {
    this.#options = { ...this.#options, ...options };
    return this;
  }

  /**
   * Builds the client and makes it {@link ChatClient.instance}.
   *
   * @throws SessionError `instanceExists` while an earlier one was not disposed; `invalidArgument`.
   */
  build(): ChatClient {
    if (instance !== null) {
      throw new SessionError({
        code: 'instanceExists',
        message: 'A ChatClient was built already, and not disposed.',
      });
    }
    instance = new ChatClient(this.#options);
    return instance;
  }
}

/** A {@link SessionClient}, with the builder and the single instance that chat SDKs know. */
export class ChatClient extends SessionClient {
  /**
   * The client that a {@link ChatClient.Builder} has built.
   *
   * @throws SessionError `noInstance` when none was built, or the last one was disposed.
   */
  static instance(): ChatClient {
    if (instance === null) {
      throw new SessionError({ code: 'noInstance', message: 'No ChatClient was built, or the last one was disposed.' });
    }
    return instance;
  }

  override dispose(): Call<void> {
    if (instance === this) instance = null;
    return super.dispose();
  }

  static readonly Builder = ChatClientBuilder;
}

/**
 * Creates a client, inert until used. It is independent of every other client and of {@link ChatClient.instance}.
 *
 * @throws SessionError `invalidArgument` that names the option; nothing was started.
 */
export function createChatClient(options: ChatClientOptions): ChatClient {
  return new ChatClient(options);
}
