import type { ReportDiagnostic } from '../diagnostics.ts';
import type { Environment } from '../environment/environment.ts';
import { SessionError } from '../errors.ts';
import type { UserRepository } from '../repository/repository.ts';
import type { TokenSource } from '../token/source.ts';
import { type CreateSession, ProtocolClient } from './chat-client.ts';
import { defaults } from './defaults.ts';
import type { ChatClientOptions, TimingOptions, WebSocketClass } from './options.ts';

/** Collects options one by one. Each method returns the builder; nothing is checked before `build()`. */
class ChatClientBuilder {
  #collected: ChatClientOptions;

  constructor(apiKey: string) {
    this.#collected = { apiKey };
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
    return this.options({ WebSocket, webSocketOptions });
  }

  timing(timing: TimingOptions): this {
    return this.options({ timing });
  }

  onDiagnostic(onDiagnostic: ReportDiagnostic): this {
    return this.options({ onDiagnostic });
  }

  /** Any further option of `createChatClient`. */
  options(options: Omit<ChatClientOptions, 'apiKey'>): this {
    this.#collected = { ...this.#collected, ...options };
    return this;
  }

  /**
   * Builds the client and makes it {@link ChatClient.instance}. Called again for the same API key and base URL, as a hot
   * update does that evaluates a module a second time, it returns the client that there is.
   *
   * @throws SessionError `instanceExists` while one for another app was not disposed; `invalidArgument`.
   */
  build(): ChatClient {
    const { apiKey, baseUrl } = this.#collected;
    // Inert, and dropped where there is one already: the options are checked in any case.
    const client = new ChatClient(this.#collected);
    built = existingClient() ?? { client, apiKey, baseUrl };
    if (built.apiKey === apiKey && built.baseUrl === baseUrl) return built.client;
    throw new SessionError({
      code: 'instanceExists',
      message: 'A ChatClient was built for another app already, and not disposed.',
    });
  }
}

interface Built extends Pick<ChatClientOptions, 'apiKey' | 'baseUrl'> {
  readonly client: ChatClient;
}

/** The client that the builder built, for apps that have one and reach for it from everywhere. */
let built: Built | null = null;

function existingClient(): Built | null {
  if (built?.client.getSnapshot().status === 'disposed') built = null;
  return built;
}

/** A {@link ProtocolClient} that uses the default protocol where the options have none. */
export class ChatClient extends ProtocolClient {
  /**
   * @param createSession For tests: what the client runs on.
   * @throws SessionError `invalidArgument` that names the option; nothing was started.
   */
  constructor(options: ChatClientOptions, createSession?: CreateSession) {
    super(options, createSession, defaults);
  }

  /** Clients of `createChatClient` are made without this class, so that an app without the builder has nothing of it. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof ProtocolClient;
  }

  /**
   * The client that a {@link ChatClient.Builder} has built.
   *
   * @throws SessionError `noInstance` when none was built, or the last one was disposed.
   */
  static instance(): ChatClient {
    const existing = existingClient();
    if (existing !== null) return existing.client;
    throw new SessionError({ code: 'noInstance', message: 'No ChatClient was built, or the last one was disposed.' });
  }

  /** Builds the client that {@link ChatClient.instance} returns. */
  static readonly Builder = ChatClientBuilder;
}
