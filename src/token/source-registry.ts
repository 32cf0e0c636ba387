import type { TokenSource } from './source.ts';

export const CONFIGURED_SOURCE_KEY = 0;

/**
 * Holds token sources so that only a number travels in events. The façade puts a source in and sends its key; the
 * client actor looks it up. Key 0 is the source configured on the client, if any.
 */
export class TokenSourceRegistry {
  readonly #configured: TokenSource | undefined;
  /** Made by the first {@link put}. */
  #others: Map<number, TokenSource> | null = null;
  #lastKey = CONFIGURED_SOURCE_KEY;

  constructor(configured?: TokenSource) {
    this.#configured = configured;
  }

  /** Returns the key. A source that is held already keeps the one it has: it is no new source. */
  put(source: TokenSource): number {
    if (source === this.#configured) return CONFIGURED_SOURCE_KEY;
    this.#others ??= new Map();
    for (const [key, held] of this.#others) if (held === source) return key;
    this.#lastKey += 1;
    this.#others.set(this.#lastKey, source);
    return this.#lastKey;
  }

  get(key: number): TokenSource | undefined {
    return key === CONFIGURED_SOURCE_KEY ? this.#configured : this.#others?.get(key);
  }

  /** Drops every source but the configured one and those under `keys`. */
  keepOnly(keys: readonly (number | null | undefined)[]): void {
    for (const key of this.#others?.keys() ?? []) if (!keys.includes(key)) this.#others?.delete(key);
  }
}
