import type { LiveSessionMachine, RunningChart } from '../../src/client/running-chart.ts';
import { Session } from '../../src/client/session.ts';
import { ChatClient, type ChatClientOptions } from '../../src/index.ts';

/*
 * Clients whose session a test can get hold of: its statechart, its actors, its events. An app cannot.
 */

const running = new WeakMap<ChatClient, RunningChart>();

/** As `createChatClient`, for tests that look inside or put another statechart in. */
export function createTestClient(options: ChatClientOptions, machine?: LiveSessionMachine): ChatClient {
  let session: Session | undefined;
  const client = new ChatClient({ warnings: false, ...options }, (parts) => {
    session = new Session(parts, machine);
    return session;
  });
  if (session !== undefined) running.set(client, session.running);
  return client;
}

/** What runs behind a client made by {@link createTestClient}. */
export function sessionOf(client: ChatClient): RunningChart {
  const chart = running.get(client);
  if (chart === undefined) throw new Error('Make this client by createTestClient().');
  return chart;
}
