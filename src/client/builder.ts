import type { ReportDiagnostic } from '../diagnostics.ts';
import type { Environment } from '../environment/environment.ts';
import type { UserRepository } from '../repository/repository.ts';
import type { TokenSource } from '../token/source.ts';
import type { ChatClientOptions, TimingOptions, WebSocketClass } from './options.ts';

/** Collects options one by one. Each method returns the builder; nothing is checked before `build()`. */
export class OptionsBuilder {
  protected collected: ChatClientOptions;

  constructor(apiKey: string) {
    this.collected = { apiKey };
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
    this.collected = { ...this.collected, ...options };
    return this;
  }
}
