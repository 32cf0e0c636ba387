import { useEffect, useState } from 'react';

/** State of a tab that outlives a reload. A logout takes its component away, and what was kept with it. */
export function useKept<Value>(key: string, empty: Value): [Value, (value: Value) => void] {
  const [value, setValue] = useState<Value>(() => read(key) ?? empty);
  useEffect(() => attempt(() => sessionStorage.setItem(key, JSON.stringify(value))), [key, value]);
  useEffect(() => () => attempt(() => sessionStorage.removeItem(key)), [key]);
  return [value, setValue];
}

function read<Value>(key: string): Value | null {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

/** Where storage is blocked, touching it throws, and the app works without. */
function attempt(act: () => void): void {
  try {
    act();
  } catch {}
}
