import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { User } from '../../../src/index.ts';
import { startWorld } from '../../kit/world.ts';

/*
 * The answer of `request()` is read by the app, and may go on for as long as it likes: an export, a stream of events.
 */

const alice: User = { id: 'alice' };
const bob: User = { id: 'bob' };

function* withoutEnd() {
  for (;;) yield 'private to alice';
}

/** Alice reads an answer that goes on until someone breaks it off. */
async function reading() {
  let closed = 0;
  const server = createServer((_, response) => {
    Readable.from(withoutEnd()).pipe(response);
    response.on('close', () => {
      closed += 1;
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const { client: create } = await startWorld();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = create({ fetch: (_, init) => fetch(url, init) });
  await client.connectUser(alice).orThrow();
  const controller = new AbortController();
  const call = client.request('/export', { signal: controller.signal });
  const response = await call.orThrow();
  const reader = response.body?.getReader();
  const readOn = async () => {
    while ((await reader?.read())?.done === false);
  };
  return { client, controller, call, reader, readOn, closed: () => closed };
}

describe('law 4, law 2: an answer that is still being read ends', () => {
  type Reading = Awaited<ReturnType<typeof reading>>;
  const ends: Readonly<Record<string, (reading: Reading) => unknown>> = {
    'with disconnect()': ({ client }) => client.disconnect().orThrow(),
    'with a login of someone else': ({ client }) => client.switchUser(bob).orThrow(),
    'with dispose()': ({ client }) => client.dispose(),
    'with the signal of its call': ({ controller }) => controller.abort(),
    'with cancel()': ({ call }) => call.cancel(),
  };

  it.each(Object.entries(ends))('%s', async (_, end) => {
    const begun = await reading();
    const { reader, readOn, closed } = begun;
    expect((await reader?.read())?.done).toBe(false);
    const reads = readOn();
    await Promise.all([expect(reads).rejects.toMatchObject({ name: 'AbortError' }), end(begun)]);
    await expect.poll(closed).toBe(1);
  });

  it('and not before: neither when its session suspends and resumes, nor with a call next to it', async () => {
    const { client, reader, closed } = await reading();
    const other = new AbortController();
    await client.request('/export', { signal: other.signal }).orThrow();
    other.abort();
    await expect.poll(closed).toBe(1);
    await client.suspend();
    await client.resume();
    await client.connectUser(alice).orThrow();
    for (let chunks = 0; chunks < 20; chunks += 1) expect((await reader?.read())?.done).toBe(false);
    expect(closed()).toBe(1);
  });
});
