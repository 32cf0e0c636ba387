import { useEffect } from 'react';
import type { ChatClient } from '../../../src/index.ts';
import { wordsFor } from './status.ts';
import { useSnapshot } from './use-snapshot.ts';

/** Announces where the session is, to screen readers and in the title of the tab. */
export function Announcer({ client }: { readonly client: ChatClient }) {
  const snapshot = useSnapshot(client);
  const { user, error } = snapshot;
  const { short, sentence } = wordsFor(snapshot);
  useTitle(user === null ? short : `${short} · ${user.id}`);
  return (
    <p className="unseen" role="status" aria-live="polite">
      {user?.id ?? 'No user'}: {short}. {sentence} {error?.message}
    </p>
  );
}

export function useTitle(state: string | null): void {
  useEffect(() => {
    document.title = state === null ? 'sessionchart studio' : `${state} · sessionchart studio`;
  }, [state]);
}
