import { useEffect } from 'react';
import type { ChatClient } from '../../../../src/index.ts';
import { useChatSession, useSessionClient } from '../../../../src/react/index.ts';

/** Shows what the session says, for tests to read. */
export function Session() {
  const { status, user, error, retryNow } = useChatSession();
  return (
    <section>
      <output aria-label="status">{status}</output>
      <output aria-label="user">{user?.id ?? 'nobody'}</output>
      <output aria-label="error">{error === null ? 'none' : `${error.code} ${error.field ?? ''}`.trim()}</output>
      <button type="button" onClick={retryNow}>
        Try now
      </button>
    </section>
  );
}

/** Reports which client there is, each time it is mounted. */
export function ClientProbe({ onClient }: { onClient: (client: ChatClient) => void }) {
  const client = useSessionClient();
  useEffect(() => {
    onClient(client);
  }, [client, onClient]);
  return null;
}
