import { expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { InspectionEvent } from 'xstate';
import type { Inspect } from '../../../src/client/options.ts';
import { controlsOf } from '../../../src/devtools/controls.ts';
import { mountDevtools, withDevtools } from '../../../src/devtools/index.ts';
import {
  type ChatClientOptions,
  createChatClient,
  createProtocolClient,
  type EnvironmentReading,
  jsonOf,
  type ProtocolConnection,
} from '../../../src/index.ts';
import { Backend } from '../../../src/testing/index.ts';
import { startWorld } from '../../kit/world.ts';

it('a client without a class of its own takes the default one, with devtools too', async () => {
  vi.stubGlobal('WebSocket', WebSocket);
  onTestFinished(() => void vi.unstubAllGlobals());
  const { server } = await startWorld();
  const { url: baseUrl, apiKey } = server;
  const token = await server.createToken('alice');
  const client = createChatClient(withDevtools({ apiKey, baseUrl, tokenProvider: token }));
  onTestFinished(() => void client.dispose());
  expect(await client.connectUser({ id: 'alice' })).toMatchObject({ success: true });
});

it("a token expires with a protocol of the app's own, too, be it frozen or of a class with private members", async () => {
  class Connection implements ProtocolConnection {
    readonly url = 'ws://own.example';
    readonly firstFrames: readonly string[];
    #hello = 'welcome';
    constructor(token: string | null) {
      this.firstFrames = [String(token)];
    }
    decode(data: string | Uint8Array) {
      const message = jsonOf(data);
      if (message?.type === this.#hello) return { kind: 'hello', userId: String(message.user) } as const;
      return { kind: 'bad', problem: 'it is unknown' } as const;
    }
  }
  class Own {
    readonly name = 'own';
    connect({ token }: { readonly token: string | null }) {
      return Object.freeze(new Connection(token));
    }
  }
  const protocol = Object.freeze(new Own());
  const backend = new Backend(null, {
    readToken: (data) => (data === null ? null : String(data)),
    hello: (user) => JSON.stringify({ type: 'welcome', user }),
    error: () => JSON.stringify({ type: 'refused' }),
    reply: () => null,
  });
  const client = createProtocolClient(withDevtools({ ...backend.options(), protocol }));
  const login = client.connectUser({ id: 'alice' });
  await backend.clock.advance(1_000);
  expect(await login).toMatchObject({ success: true });
  const { connectionId } = client.getSnapshot();
  controlsOf(client.actor)?.expireToken();
  await backend.clock.advance(5_000);
  expect(client.getSnapshot()).toMatchObject({ status: 'online', error: null });
  expect(client.getSnapshot().connectionId).not.toBe(connectionId);
  expect(backend.log.filter(({ type }) => type === 'token')).toHaveLength(2);
  await client.dispose();
});

it('the network is off as long as it is switched off or the device has none; other changes arrive meanwhile', async () => {
  const backend = new Backend();
  const client = createChatClient(withDevtools(backend.options()));
  const after = async (durationMs: number) => {
    await backend.clock.advance(durationMs);
    return client.getSnapshot().status;
  };
  void client.connectUser({ id: 'alice' });
  expect(await after(1_000)).toBe('online');
  const controls = controlsOf(client.actor);
  controls?.setOffline(true);
  expect(await after(30_000)).toBe('offline');
  backend.change('online');
  expect(await after(5_000)).toBe('offline');
  backend.change('frozen');
  expect(await after(100)).toBe('suspended');
  backend.change('thawed');
  expect(await after(5_000)).toBe('offline');
  controls?.setOffline(false);
  expect(await after(5_000)).toBe('online');
  backend.change('offline');
  controls?.setOffline(true);
  expect(await after(30_000)).toBe('offline');
  controls?.setOffline(false);
  expect(await after(5_000)).toBe('offline');
  backend.change('online');
  expect(await after(5_000)).toBe('online');
  await client.dispose();
  expect(backend.listeners).toBe(0);
});

it('a login while the network is switched off waits for it', async () => {
  const backend = new Backend();
  const client = createChatClient(withDevtools(backend.options()));
  const controls = controlsOf(client.actor);
  controls?.setOffline(true);
  void client.connectUser({ id: 'alice' });
  await backend.clock.advance(5_000);
  expect([client.getSnapshot().status, backend.requests.length]).toEqual(['offline', 0]);
  controls?.setOffline(false);
  await backend.clock.advance(5_000);
  expect(client.getSnapshot().status).toBe('online');
  await client.dispose();
});

it('a network that an environment does not report is there again once it is switched on', async () => {
  const backend = new Backend();
  const environment = { read: () => ({ foreground: true }) as EnvironmentReading, subscribe: () => () => {} };
  const client = createChatClient(withDevtools({ ...backend.options(), environment }));
  void client.connectUser({ id: 'alice' });
  await backend.clock.advance(1_000);
  const controls = controlsOf(client.actor);
  controls?.setOffline(true);
  await backend.clock.advance(30_000);
  expect(client.getSnapshot().status).toBe('offline');
  controls?.setOffline(false);
  await backend.clock.advance(5_000);
  expect(client.getSnapshot().status).toBe('online');
  await client.dispose();
});

it.each<[string, (see: (event: InspectionEvent) => void) => Inspect]>([
  ['a function', (see) => see],
  ['an observer', (see) => ({ next: see })],
])("the app's own inspector, %s, sees what it saw without devtools", async (_, make) => {
  const seen: string[][] = [[], []];
  for (const [index, wrap] of [(own: ChatClientOptions) => own, withDevtools].entries()) {
    const backend = new Backend();
    const inspect = make(({ type }) => seen[index]?.push(type));
    const client = createChatClient(wrap({ ...backend.options(), inspect }));
    void client.connectUser({ id: 'alice' });
    await backend.clock.advance(1_000);
    await client.dispose();
  }
  expect(seen[0]).toContain('@xstate.snapshot');
  expect(seen[1]).toEqual(seen[0]);
});

it('what cannot be used is refused by name', () => {
  const client = createChatClient({ apiKey: 'key' });
  const refusal = (field: string) => expect.objectContaining({ code: 'invalidArgument', field });
  expect(() => withDevtools(undefined as never)).toThrowError(refusal('options'));
  expect(() => mountDevtools(null as never, client)).toThrowError(refusal('place'));
  const place = { append: () => {} } as never;
  expect(() => mountDevtools(place, client, { theme: 'blue' as never })).toThrowError(refusal('theme'));
});
