import { readFile } from 'node:fs/promises';
import { type DevServer, startDevServer } from '../../src/tools/devserver/index.ts';
import type { Setup } from './messages.ts';
import { type Narrator, seconds } from './narrator.ts';
import { type SessionProcess, startSessionProcess } from './session-process.ts';

export interface StoryOptions {
  readonly userFile: string;
  readonly studioUrl: string | null;
  readonly signal: AbortSignal;
}

/** The demo's steps. Rejects with the reason as soon as one does not go as it should. */
export async function tellStory(narrator: Narrator, { userFile, studioUrl, signal }: StoryOptions): Promise<void> {
  const startedAtMs = performance.now();
  await using server = await startDevServer();
  const setup: Setup = { apiKey: server.apiKey, baseUrl: server.url, userFile, studioUrl };
  const start = () => startSessionProcess({ setup, signal, onReport: narrator.report });

  narrator.print('One session on real sockets: login, faults, a killed process, restore, logout.');
  narrator.print(`The server runs here, at ${server.url}; the session has a process of its own.`);
  narrator.print('Each line is a state that was entered: when, which one, and by which event.');

  const first = start();
  await logIn(narrator, first);
  await chat(narrator, first);
  await loseSocket(narrator, server, first);
  await expireToken(narrator, server, first);
  await killProcess(narrator, server, first, userFile);
  const second = start();
  await restore(narrator, second);
  await logOut(narrator, server, second);
  await findNoUser(narrator, start());

  const { opened, highestOpen, openNow } = server.counts('alice');
  narrator.print('');
  narrator.print(
    `Done in ${seconds(performance.now() - startedAtMs)} s. The server counted ${opened} sockets in all, ` +
      `at most ${highestOpen} at a time, ${openNow} now.`,
  );
  check(highestOpen === 1, `Two sockets were open at the same time.`);
}

async function logIn(narrator: Narrator, session: SessionProcess): Promise<void> {
  narrator.step('First start: no user is stored, so Alice logs in with a token of the backend.');
  const restored = await session.call({ call: 'restore' });
  check(restored === null, `restore() found ${restored}, but no user was stored.`);
  narrator.note('restore() returns null: no user was logged in.');
  await session.call({ call: 'connectUser', userId: 'alice', name: 'Alice' });
  await session.entered('restoring', 'loggedOut', 'loadingToken', 'connecting.opening', 'connected.healthy');
  narrator.note('connectUser() succeeds: connected as alice.');
}

async function chat(narrator: Narrator, session: SessionProcess): Promise<void> {
  narrator.step('She says hello with request(), and receives it like every member of the channel.');
  await say(session, 'Hello, world');
}

async function loseSocket(narrator: Narrator, server: DevServer, session: SessionProcess): Promise<void> {
  narrator.step('Her socket is cut: the session waits for a random time, then connects again.');
  server.faults.cause({ type: 'dropSockets', userId: 'alice' });
  await session.entered('connecting.waiting', 'connecting.opening', 'connected.healthy');
}

async function expireToken(narrator: Narrator, server: DevServer, session: SessionProcess): Promise<void> {
  narrator.step('Her token expires: after a random wait the session loads another, and chat goes on.');
  server.faults.cause({ type: 'expireTokens', userId: 'alice' });
  await session.entered('connecting.waiting', 'loadingToken', 'connecting.opening', 'connected.healthy');
  await say(session, 'Still here');
}

async function killProcess(
  narrator: Narrator,
  server: DevServer,
  session: SessionProcess,
  userFile: string,
): Promise<void> {
  narrator.step('The process is killed with SIGKILL, without a chance to clean up.');
  await session.stored('alice');
  await session.kill();
  await server.until(() => server.counts('alice').openNow === 0);
  narrator.note('Process and socket are gone. What is left is a record, without a token:');
  narrator.quote((await readFile(userFile, 'utf8')).trim());
}

async function restore(narrator: Narrator, session: SessionProcess): Promise<void> {
  narrator.step('A new process starts: Alice is restored without a login.');
  const restored = await session.call({ call: 'restore' });
  check(restored === 'alice', `restore() found ${restored ?? 'no user'}, but alice was stored.`);
  await session.entered('restoring', 'loadingToken', 'connecting.opening', 'connected.healthy');
  await say(session, 'Back again');
}

async function logOut(narrator: Narrator, server: DevServer, session: SessionProcess): Promise<void> {
  narrator.step('She logs out: the stored user is removed first, then the socket is closed.');
  await session.call({ call: 'disconnect' });
  await session.entered('disconnecting.forgetting', 'disconnecting.closing', 'loggedOut');
  await server.until(() => server.counts('alice').openNow === 0);
  await leave(narrator, session);
}

async function findNoUser(narrator: Narrator, session: SessionProcess): Promise<void> {
  narrator.step('One more start: no user is restored.');
  const restored = await session.call({ call: 'restore' });
  check(restored === null, `restore() found ${restored}, but the user was logged out.`);
  await session.entered('restoring', 'loggedOut');
  narrator.note('restore() returns null.');
  await leave(narrator, session);
}

async function say(session: SessionProcess, text: string): Promise<void> {
  await session.call({
    call: 'request',
    path: '/channels/messaging/general/message',
    body: { message: { text } },
  });
  await session.received(text);
}

async function leave(narrator: Narrator, session: SessionProcess): Promise<void> {
  const ms = await session.leave();
  narrator.note(`With nothing left to do, the process ended after ${Math.ceil(ms)} ms.`);
}

function check(isFulfilled: boolean, otherwise: string): void {
  if (!isFulfilled) throw new Error(otherwise);
}
