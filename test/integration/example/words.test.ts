import { expect, it } from 'vitest';
import { whyLoggedOut, whyWaiting } from '../../../examples/chat/src/words.ts';
import { SessionError } from '../../../src/index.ts';
import { startWorld, until } from '../../kit/world.ts';

/** The app's token source as `backend.ts` has it, for an address of the test's choice. */
const sourceAt = (url: string) => async () => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The backend answered ${response.status}.`);
  return response.text();
};

const CLOSED_PORT = 'http://127.0.0.1:1/token';

it('a login while nothing listens says that the server cannot be reached', async () => {
  const { client: create } = await startWorld();
  const client = create({ tokenProvider: sourceAt(CLOSED_PORT) });
  const result = await client.connectUser({ id: 'alice' });
  expect(result.success).toBe(false);
  const { error } = client.getSnapshot();
  expect(error && whyLoggedOut(error)).toBe('The server cannot be reached. Please try again in a moment.');
});

it('a login that the backend refuses says that it could not be confirmed', async () => {
  const { server, client: create } = await startWorld();
  const client = create({ tokenProvider: sourceAt(`${server.url}/nothing-here`) });
  await client.connectUser({ id: 'alice' });
  const { error } = client.getSnapshot();
  expect(error && whyLoggedOut(error)).toBe('The server could not confirm your login. Please try again.');
});

it('an existing session that waits for a token says the same of the server', async () => {
  const { server, client: create } = await startWorld();
  let isGone = false;
  const client = create({
    tokenProvider: ({ id }) => (isGone ? sourceAt(CLOSED_PORT)() : server.createToken(id)),
    timing: { backoffBaseMs: 60_000, backoffCapMs: 60_000 },
  });
  await client.connectUser({ id: 'alice' }).orThrow();
  isGone = true;
  server.faults.cause({ type: 'expireTokens' });
  await until(client, 'waiting');
  client.retryNow();
  const { error } = await until(
    client,
    ({ status, error: why }) => status === 'waiting' && why?.code === 'tokenUnavailable',
  );
  expect(whyWaiting(error)).toBe('the server cannot be reached');
});

it.each([
  ['loggedOutElsewhere', 'You have logged out in another tab.'],
  ['endedByServer', 'The server has ended your session.'],
  ['userRejected', 'The server does not let you in.'],
  ['userNotForgotten', 'This browser could not be made to forget you. Please log in and out once more.'],
] as const)('%s: %s', (code, words) => {
  expect(whyLoggedOut(new SessionError({ code, message: '' }))).toBe(words);
});

it('a wait that goes on after the network is back does not say that there is none', () => {
  const words = whyWaiting(new SessionError({ code: 'networkOffline', message: '' }));
  expect(words).toBe('the network was gone');
});
