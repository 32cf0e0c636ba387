import { expect, inject, vi } from 'vitest';
import type { LoadToken, Timing, User } from '../../../src/index.ts';
import type { ConnectRecord, Counts, DevServerState, Fault } from '../../../src/tools/devserver/index.ts';

/*
 * The development server as a page reaches it: over HTTP. It serves every test of a run, so each test has users of its
 * own, and counts what it caused for them.
 */

const { url: baseUrl, apiKey } = inject('devServer');

/** As short as a page with a real server allows. */
const QUICK: Partial<Timing> = {
  stableAfterMs: 100,
  backoffBaseMs: 40,
  backoffCapMs: 200,
  quickRetryMs: 20,
  closeTimeoutMs: 300,
};

/** Options of a client of the server, without a token provider. */
export const options = { apiKey, baseUrl, timing: QUICK, warnings: false };

let users = 0;

/** A user that no other test has. */
export function newUser(name: string): User {
  users += 1;
  return { id: `${name}-${Date.now().toString(36)}-${users}`, name };
}

/** Asks the server for tokens, as an app asks its backend, and counts how often. */
export function countingProvider(): LoadToken & { calls: number } {
  const provider = Object.assign(
    async (user: User) => {
      provider.calls += 1;
      return tokenFor(user);
    },
    { calls: 0 },
  );
  return provider;
}

export async function tokenFor(user: User): Promise<string> {
  const { token } = await call<{ token: string }>('GET', `/dev/token?user_id=${user.id}`);
  return token;
}

export async function cause(fault: Fault): Promise<void> {
  await call('POST', '/dev/faults', fault);
}

export async function liftFaults(user: User): Promise<void> {
  await call('DELETE', `/dev/faults?user_id=${user.id}`);
}

const NOTHING: Counts = {
  opened: 0,
  openNow: 0,
  highestOpen: 0,
  upgradesRefused: 0,
  hellos: 0,
  refused: 0,
  framesReceived: 0,
  tokenCalls: 0,
  httpCalls: 0,
};

export async function countsOf(user: User): Promise<Counts> {
  const { users: counts } = await call<DevServerState>('GET', '/dev/state');
  return counts[user.id] ?? NOTHING;
}

export async function connectsOf(user: User): Promise<readonly Omit<ConnectRecord, 'token'>[]> {
  const { connects } = await call<DevServerState>('GET', '/dev/state');
  return connects.filter(({ userId }) => userId === user.id);
}

/** Waits until the server has counted that, and nothing else of these. */
export async function untilCounted(user: User, expected: Partial<Counts>): Promise<void> {
  await vi.waitFor(async () => expect(await countsOf(user)).toMatchObject(expected), { timeout: 60_000, interval: 20 });
}

/** Everybody who connected receives it: all are members of that channel. */
export async function say(user: User, text: string): Promise<void> {
  await call(
    'POST',
    `/channels/messaging/general/message?user_id=${user.id}&api_key=${apiKey}`,
    { message: { text } },
    {
      authorization: await tokenFor(user),
      'stream-auth-type': 'jwt',
    },
  );
}

async function call<Answer>(method: string, path: string, body?: unknown, headers = {}): Promise<Answer> {
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}
