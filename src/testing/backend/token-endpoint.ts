import type { TokenRequest } from '../../token/source.ts';
import type { User } from '../../user.ts';
import { payloadOf } from './server.ts';

export type ProviderFault = 'none' | 'throws' | 'hangs' | 'empty' | 'othersToken' | 'sameToken';

/** Where an app gets its tokens. They are not signed: the backend believes what it issued. */
export class TokenEndpoint {
  #revoked = 0;
  #issued = 0;
  readonly #hanging: Set<() => void>;
  readonly #loads = new Set<AbortSignal>();

  constructor(hanging: Set<() => void>) {
    this.#hanging = hanging;
  }

  /** Calls that are neither settled nor aborted. */
  get pendingLoads(): number {
    return [...this.#loads].filter(({ aborted }) => !aborted).length;
  }

  issue(userId: string): string {
    this.#issued += 1;
    const part = (value: object) =>
      btoa(JSON.stringify(value)).replace(/=+$/, '').replace(/\+/g, '-').replace(/\//g, '_');
    return `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ user_id: userId, sub: userId, n: this.#issued })}.c2ln`;
  }

  /** The first so many tokens are refused from now on. */
  revoke(count = this.#issued): void {
    this.#revoked = count;
  }

  isRevoked(token: string): boolean {
    return (payloadOf(token).n ?? 0) <= this.#revoked;
  }

  /** The process died, and with it the calls that waited. */
  kill(): void {
    this.#loads.clear();
  }

  load({ id }: User, { signal }: TokenRequest, fault: ProviderFault): string | Promise<string> {
    switch (fault) {
      case 'throws':
        throw new Error('The token endpoint is down.');
      case 'hangs':
        this.#loads.add(signal);
        return new Promise((resolve) => {
          this.#hanging.add(() => {
            this.#loads.delete(signal);
            resolve(this.issue(id));
          });
        });
      case 'empty':
        return '';
      case 'othersToken':
        return this.issue(`not-${id}`);
      case 'sameToken':
        this.#issued -= this.#issued > 0 ? 1 : 0;
        return Promise.resolve(this.issue(id));
      default:
        return Promise.resolve(this.issue(id));
    }
  }
}
