import { expect, it } from 'vitest';
import { type ChatClient, createChatClient } from '../../../src/index.ts';
import { Backend } from '../../../src/testing/index.ts';

async function online(backend: Backend): Promise<ChatClient> {
  const client = createChatClient(backend.options());
  void client.connectUser({ id: 'alice' });
  await backend.clock.advance(100);
  expect(client.getSnapshot().status).toBe('online');
  return client;
}

const leftIn = ({ clientTimers, listeners, openNow, pendingLoads }: Backend) => ({
  clientTimers,
  listeners,
  openNow,
  pendingLoads,
});
const NOTHING = { clientTimers: 0, listeners: 0, openNow: 0, pendingLoads: 0 };

const hellosOf = ({ log }: Backend) => log.filter(({ type }) => type === 'hello').length;

it('a client whose process was killed does nothing more, and the next process has its socket alone', async () => {
  const backend = new Backend();
  const dead = await online(backend);
  backend.kill();
  expect(leftIn(backend)).toEqual(NOTHING);
  const last = dead.getSnapshot();
  await backend.clock.advance(60_000);
  expect(leftIn(backend)).toEqual(NOTHING);
  expect(dead.getSnapshot()).toBe(last);

  const next = createChatClient(backend.options());
  void next.restore();
  await backend.clock.advance(60_000);
  expect(next.getSnapshot().status).toBe('online');
  expect(hellosOf(backend)).toBe(2);
  expect(backend.highestOpen).toBe(1);
  await next.dispose();
  await dead.dispose();
});

it('no client is made of the options of a process that was killed', async () => {
  const backend = new Backend();
  const options = backend.options();
  const dead = createChatClient(options);
  backend.kill();
  expect(() => createChatClient(options)).toThrow(/process that was killed: call options\(\) again/);
  expect(() => createChatClient({ ...options })).toThrow(expect.objectContaining({ code: 'invalidArgument' }));
  await dead.dispose();
});

it('a client whose process was killed reaches nothing by what it is asked to do later', async () => {
  const backend = new Backend();
  const dead = await online(backend);
  const late = createChatClient(backend.options());
  backend.kill();
  const [log, diagnostics] = [backend.log.length, backend.diagnostics.length];
  const calls = [
    dead.request('/app'),
    dead.connectUser({ id: 'alice', name: 'Alice' }),
    late.connectUser({ id: 'bob' }),
  ];
  backend.change('offline');
  backend.change('online');
  backend.storeElsewhere(null);
  backend.heal();
  await backend.clock.advance(60_000);
  expect(leftIn(backend)).toEqual(NOTHING);
  expect([backend.log.length, backend.diagnostics.length]).toEqual([log, diagnostics]);

  await Promise.all([dead.dispose(), late.dispose()]);
  const results = await Promise.all(calls);
  expect(results.map((result) => !result.success && result.error.code)).toEqual(['disposed', 'disposed', 'disposed']);
});
