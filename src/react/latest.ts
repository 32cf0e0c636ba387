import { useInsertionEffect, useRef } from 'react';

/** Always holds the value of the newest render that was committed, for callbacks that outlive the render they came from. */
export function useLatest<Value>(value: Value): { readonly current: Value } {
  const latest = useRef(value);
  // The earliest effect there is, so that the effects of children see it too; and silent where a server renders.
  useInsertionEffect(() => {
    latest.current = value;
  });
  return latest;
}
