import { useInsertionEffect, useRef, useState } from 'react';
import type { LoadToken, TokenSource } from '../token/source.ts';

/** Always holds the value of the newest render that was committed, for callbacks that outlive the render they came from. */
export function useLatest<Value>(value: Value): { readonly current: Value } {
  const latest = useRef(value);
  // The earliest effect there is, so that the effects of children see it too; and silent where a server renders.
  useInsertionEffect(() => {
    latest.current = value;
  });
  return latest;
}

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
