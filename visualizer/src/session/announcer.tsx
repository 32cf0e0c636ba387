import type { ChatClient } from '../../../src/index.ts';
import { STATUS_WORDS } from './status.ts';
import { useSnapshot } from './use-snapshot.ts';

/** Tells those who listen instead of look where the session is, once it is somewhere else. */
export function Announcer({ client }: { readonly client: ChatClient }) {
  const { status, user, error } = useSnapshot(client);
  const { short, sentence } = STATUS_WORDS[status];
  return (
    <p className="unseen" role="status" aria-live="polite">
      {user?.id ?? 'Nobody'}: {short}. {sentence} {error?.message}
    </p>
  );
}
