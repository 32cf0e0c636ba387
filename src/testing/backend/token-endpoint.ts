import type { TokenRequest } from '../../token/source.ts';
import type { User } from '../../user.ts';

export type ProviderFault = 'none' | 'throws' | 'hangs' | 'empty' | 'othersToken' | 'sameToken';

/** Where an app gets its tokens. They are not signed: the backend accepts every token that it issued. */
export function createTokenEndpoint(hanging: Set<() => void>) {
  const issued = new Map<string, { readonly number: number; readonly userId: string }>();
  const loads = new Set<AbortSignal>();
  let lastNumber = 0;
  let revoked = 0;

  function issue(userId: string): string {
    lastNumber += 1;
    const payload = { user_id: userId, sub: userId, n: lastNumber };
    const token = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(payload)}.c2ln`;
    issued.set(token, { number: lastNumber, userId });
    return token;
  }

  return {
    issue,

    pendingLoads: () => [...loads].filter(({ aborted }) => !aborted).length,

    /** The user of a token that was issued here; empty for any other token. */
    userOf: (token: string) => issued.get(token)?.userId ?? '',

    revoke(count = lastNumber): void {
      revoked = count;
    },

    isRevoked: (token: string) => (issued.get(token)?.number ?? 0) <= revoked,

    kill: () => loads.clear(),

    load({ id }: User, { signal }: TokenRequest, fault: ProviderFault): string | Promise<string> {
      switch (fault) {
        case 'throws':
          throw new Error('The token endpoint is down.');
        case 'hangs':
          loads.add(signal);
          return new Promise((resolve) => {
            hanging.add(() => {
              loads.delete(signal);
              resolve(issue(id));
            });
          });
        case 'empty':
          return '';
        case 'othersToken':
          return issue(`not-${id}`);
        case 'sameToken':
          lastNumber -= lastNumber > 0 ? 1 : 0;
          return Promise.resolve(issue(id));
        default:
          return Promise.resolve(issue(id));
      }
    },
  };
}

/** JSON in base64url. `btoa` takes Latin-1 only, and jsdom has no `TextEncoder`: other characters are escaped. */
function encode(value: object): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const ascii = JSON.stringify(value).replace(/[^\x20-\x7e]/g, escaped);
  return btoa(ascii).replace(/=+$/, '').replace(/\+/g, '-').replace(/\//g, '_');
}
