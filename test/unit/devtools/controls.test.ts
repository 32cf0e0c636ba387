import { expect, it, onTestFinished } from 'vitest';
import '../../../src/index.node.ts';
import { controlsOf } from '../../../src/devtools/controls.ts';
import { mountDevtools, withDevtools } from '../../../src/devtools/index.ts';
import { createChatClient, createProtocolClient, jsonOf, type ProtocolConnection } from '../../../src/index.ts';
import { Backend } from '../../../src/testing/index.ts';
import { startWorld } from '../../kit/world.ts';

it('a client without a class of its own takes the default one, with devtools too', async () => {
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

it('what cannot be used is refused by name', () => {
  const client = createChatClient({ apiKey: 'key' });
  const refusal = (field: string) => expect.objectContaining({ code: 'invalidArgument', field });
  expect(() => withDevtools(undefined as never)).toThrowError(refusal('options'));
  expect(() => mountDevtools(null as never, client)).toThrowError(refusal('place'));
});
