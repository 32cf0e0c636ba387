import {
  type ChatClientOptions,
  type Journal,
  type JournalRecorder,
  memoryRepository,
  recordJournal,
  type User,
} from '../../../src/index.ts';
import { Device } from '../../../src/testing/backend/device.ts';
import { startWorld, until } from '../../kit/world.ts';

export const alice: User = { id: 'alice', name: 'Alice Liddell', email: 'alice@wonderland.example' };
const bob: User = { id: 'bob', name: 'Bob Ross', phone: '+1 555 0100' };

export interface SessionDriver {
  readonly recorder: JournalRecorder;
  readonly tokens: readonly string[];
}

/**
 * A client's life on the development server: failures of socket, server and token source, an expired token, a suspension,
 * no network, a switch of users, a guest, a logout; and a second process that restores the user that the first one left.
 */
export async function wholeLife({
  limit,
  inspect,
}: {
  readonly limit?: number;
  readonly inspect?: NonNullable<ChatClientOptions['inspect']>;
} = {}): Promise<readonly [first: SessionDriver, restored: SessionDriver]> {
  const { server, client: create } = await startWorld();
  const tokens: string[] = [];
  const userRepository = memoryRepository();
  const environment = new Device();
  let failNext = false;
  const start = () => {
    const client = create({
      userRepository,
      environment,
      ...(inspect !== undefined && { inspect }),
      tokenProvider: async ({ id }) => {
        const token = await server.createToken(id);
        tokens.push(token);
        if (failNext) {
          failNext = false;
          throw new Error(`No token for Alice Liddell <alice@wonderland.example>, not even ${token}`);
        }
        return token;
      },
    });
    return { client, recorder: recordJournal(client, limit === undefined ? {} : { limit }) };
  };

  const { client, recorder } = start();
  await client.restore().orThrow();
  await client.connectUser(alice).orThrow();
  await until(client, ({ failedAttempts }) => failedAttempts === 0);

  server.faults.cause({ type: 'refuseUpgrade', times: 2 });
  server.faults.cause({ type: 'dropSockets' });
  await until(client, ({ failedAttempts }) => failedAttempts >= 3);
  await until(client, 'online');

  failNext = true;
  server.faults.cause({ type: 'sendError', code: 40, message: `Token of Alice Liddell is bad: ${tokens[0]}` });
  await until(client, 'waiting');
  await until(client, 'online');

  server.faults.cause({ type: 'goSilent', on: 'open' });
  await until(client, ({ error }) => error?.code === 'wentSilent');
  await until(client, 'online');

  client.suspend();
  await until(client, 'suspended');
  client.resume();
  await until(client, 'online');

  environment.change('offline');
  server.faults.cause({ type: 'dropSockets' });
  await until(client, 'offline');
  environment.change('online');
  await until(client, 'online');

  await client.switchUser(bob, await keep(server.createToken('bob'))).orThrow();
  await client.connectUser(alice);
  await client.disconnect().orThrow();
  await client.connectGuestUser({ id: 'bender', name: 'Bender Rodríguez' }).orThrow();
  tokens.push(server.connects().at(-1)?.token ?? '');
  await client.disconnect().orThrow();
  await client.connectUser(alice).orThrow();
  await client.disconnect({ forgetUser: false }).orThrow();
  await client.dispose();

  const next = start();
  await next.client.restore().orThrow();
  await until(next.client, 'online');
  server.faults.cause({ type: 'restart', downMs: 50 });
  await until(next.client, 'waiting');
  await until(next.client, 'online');
  await next.client.disconnect().orThrow();
  return [
    { recorder, tokens },
    { recorder: next.recorder, tokens },
  ];

  async function keep(token: Promise<string>): Promise<string> {
    tokens.push(await token);
    return token;
  }
}

/** Logged in, cut off, back again, logged out. */
export async function oneDrop(): Promise<Journal> {
  const { server, client: create } = await startWorld();
  const client = create();
  const recorder = recordJournal(client);
  await client.restore().orThrow();
  await client.connectUser(alice).orThrow();
  server.faults.cause({ type: 'dropSockets' });
  await until(client, 'waiting');
  await until(client, 'online');
  await client.disconnect().orThrow();
  return recorder.journal();
}

/** A journal as it comes out of a bug report. */
export const throughJson = (journal: Journal): Journal => JSON.parse(JSON.stringify(journal)) as Journal;
