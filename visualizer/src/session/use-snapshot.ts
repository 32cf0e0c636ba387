import { useSyncExternalStore } from 'react';
import type { ChatClient, ClientSnapshot } from '../../../src/index.ts';

export function useSnapshot(client: ChatClient): ClientSnapshot {
  return useSyncExternalStore(
    (listener) => client.subscribe(listener),
    () => client.getSnapshot(),
  );
}
