import type { TokenSource } from './source.ts';

/**
 * Holds token sources so that only a number travels in events. The façade puts a source in and sends its key; the
 * client actor looks it up. Key 0 is the source configured on the client, if any.
 */
export interface TokenSourceRegistry {
  put(source: TokenSource): number;
  get(key: number): TokenSource | undefined;
  /** Drops every source but the configured one and those under `keys`. */
  keepOnly(keys: readonly (number | null | undefined)[]): void;
}

export const CONFIGURED_SOURCE_KEY = 0;

export function createTokenSourceRegistry(configured?: TokenSource): TokenSourceRegistry {
  const sources = new Map<number, TokenSource>();
  if (configured !== undefined) sources.set(CONFIGURED_SOURCE_KEY, configured);
  let lastKey = CONFIGURED_SOURCE_KEY;
  return {
    put(source) {
      lastKey += 1;
      sources.set(lastKey, source);
      return lastKey;
    },
    get: (key) => sources.get(key),
    keepOnly(keys) {
      for (const key of sources.keys()) {
        if (key !== CONFIGURED_SOURCE_KEY && !keys.includes(key)) sources.delete(key);
      }
    },
  };
}
