import { useState } from 'react';
import type { LoadToken, TokenSource } from '../token/source.ts';
import { useLatest } from './latest.ts';

/**
 * Makes of an inline provider, new with every render, one that stays the same and asks the newest. A token stays what
 * it is: a new token is a new source, and only as a string it is known that it cannot be renewed.
 */
export function useTokenSource(tokenProvider: TokenSource | undefined): TokenSource | undefined {
  const latest = useLatest(tokenProvider);
  const [askLatest] = useState(
    (): LoadToken => (user, request) => {
      const provider = latest.current;
      if (typeof provider === 'function') return provider(user, request);
      // Taken away meanwhile: an empty token means "not available now".
      return typeof provider === 'object' ? provider.loadToken(user, request) : (provider ?? '');
    },
  );
  return typeof tokenProvider === 'function' || typeof tokenProvider === 'object' ? askLatest : tokenProvider;
}
