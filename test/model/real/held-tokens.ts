import type { LoadToken } from '../../../src/index.ts';
import type { Fault } from '../../../src/tools/devserver/index.ts';

/** A token, or a guest, that a session asked for and that is under way until it is let go. */
export interface HeldLoad {
  readonly signal: AbortSignal;
  /** The endpoint responds. */
  succeed(): Promise<void>;
  /** The endpoint is down. */
  fail(): void;
  /** The server refuses for good to make a guest. */
  refuse(): Promise<void>;
}

/** What issues tokens, and can be made to fail. */
export interface TokenServer {
  createToken(userId: string): Promise<string>;
  readonly faults: { cause(fault: Fault): unknown };
}

/** An app's token endpoint, and the way to the server's guests, that respond when a test lets them. */
export class HeldTokens {
  readonly pending: HeldLoad[] = [];
  readonly #server: TokenServer;
  readonly #called: () => void;

  constructor(server: TokenServer, called: () => void) {
    this.#server = server;
    this.#called = called;
  }

  /** A new provider. */
  source(): LoadToken {
    return (user, { signal }) => this.#hold(signal, () => this.#server.createToken(user.id));
  }

  readonly fetch: typeof globalThis.fetch = (input, init) => {
    const signal = init?.signal ?? new AbortController().signal;
    return this.#hold(signal, () => globalThis.fetch(input, init));
  };

  /** The load that a session waits for. */
  get awaited(): HeldLoad | undefined {
    return this.pending.find(({ signal }) => !signal.aborted);
  }

  get superseded(): HeldLoad | undefined {
    return this.pending.find(({ signal }) => signal.aborted);
  }

  #hold<Value>(signal: AbortSignal, act: () => Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      const answer = () => {
        this.pending.splice(this.pending.indexOf(load), 1);
        return act().then(resolve, reject);
      };
      const load: HeldLoad = {
        signal,
        succeed: answer,
        fail: () => {
          this.pending.splice(this.pending.indexOf(load), 1);
          reject(new Error('The token endpoint is down.'));
        },
        refuse: async () => {
          await this.#server.faults.cause({ type: 'failHttp', path: '/guest', status: 403, code: 2 });
          return answer();
        },
      };
      this.pending.push(load);
      this.#called();
    });
  }
}
