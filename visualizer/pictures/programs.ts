import { WebSocket } from 'ws';
import { type ChatClient, createChatClient, recordJournal } from '../../src/index.ts';
import { studio } from '../../src/node.ts';
import type { DevServer } from '../../src/tools/devserver/index.ts';

export interface Programs {
  /** What the last of them did, as JSON. */
  readonly journal: string;
  stop(): Promise<void>;
}

const NAMES = ['support bot', 'kiosk in the lobby', 'chat app', 'billing worker', 'mobile preview'];

/** Programs that show their sessions to the studio: some are connected, one waits, one is gone. */
export async function startPrograms(relayUrl: string, server: DevServer): Promise<Programs> {
  const clients: ChatClient[] = [];
  let journal = '';
  for (const [index, name] of NAMES.entries()) {
    const client = createChatClient({
      apiKey: server.apiKey,
      baseUrl: server.url,
      tokenProvider: ({ id }) => server.createToken(id),
      WebSocket,
      timing: { backoffBaseMs: 600_000, backoffCapMs: 600_000 },
      inspect: studio({ url: relayUrl, name }),
    });
    const recorder = recordJournal(client);
    const id = `program-${index + 1}`;
    await client.connectUser({ id }).orThrow();
    if (index === 1) await client.dispose();
    if (index === NAMES.length - 1) {
      const isWaiting = new Promise<void>((resolve) => {
        client.subscribe(({ status }) => status === 'waiting' && resolve());
      });
      server.faults.cause({ type: 'closeSockets', closeCode: 1012, userId: id });
      await isWaiting;
    }
    journal = JSON.stringify(recorder.journal());
    clients.push(client);
  }
  return { journal, stop: async () => void (await Promise.all(clients.map((client) => client.dispose()))) };
}
