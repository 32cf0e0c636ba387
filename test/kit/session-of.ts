import { Session } from '../../src/client/session.ts';
import type { LiveSessionMachine } from '../../src/client/session-parts.ts';
import { ChatClient, type ChatClientOptions } from '../../src/index.ts';

/*
 * Clients whose session a test can get hold of: its statechart, its actors, its events. An app cannot.
 */

const sessions = new WeakMap<ChatClient, Session>();

/** As `createChatClient`, for tests that look inside or put another statechart in. */
export function createTestClient(options: ChatClientOptions, machine?: LiveSessionMachine): ChatClient {
  let session: Session | undefined;
  const client = new ChatClient({ warnings: false, ...options }, (settings) => {
    session = new Session(settings, machine);
    return session;
  });
  if (session !== undefined) sessions.set(client, session);
  return client;
}

/** What runs behind a client made by {@link createTestClient}. */
export function sessionOf(client: ChatClient): Session {
  const session = sessions.get(client);
  if (session === undefined) throw new Error('Make this client by createTestClient().');
  return session;
}
