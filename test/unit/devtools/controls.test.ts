import { expect, it, onTestFinished } from 'vitest';
import '../../../src/index.node.ts';
import { mountDevtools, withDevtools } from '../../../src/devtools/index.ts';
import { createChatClient } from '../../../src/index.ts';
import { startWorld } from '../../kit/world.ts';

it('a client without a class of its own takes the default one, with devtools too', async () => {
  const { server } = await startWorld();
  const { url: baseUrl, apiKey } = server;
  const token = await server.createToken('alice');
  const client = createChatClient(withDevtools({ apiKey, baseUrl, tokenProvider: token }));
  onTestFinished(() => void client.dispose());
  expect(await client.connectUser({ id: 'alice' })).toMatchObject({ success: true });
});

it('what cannot be used is refused by name', () => {
  const client = createChatClient({ apiKey: 'key' });
  const refusal = (field: string) => expect.objectContaining({ code: 'invalidArgument', field });
  expect(() => withDevtools(undefined as never)).toThrowError(refusal('options'));
  expect(() => mountDevtools(null as never, client)).toThrowError(refusal('place'));
});
