import { expect, it, onTestFinished, vi } from 'vitest';
import { createChatClient } from '../../../src/index.ts';
import { SessionStore } from '../../../src/react/session-store.ts';
import { Backend } from '../../../src/testing/backend/backend.ts';

/* A package manager may install two versions of a package side by side, and some loaders run one of them twice. */

async function otherCopy() {
  vi.resetModules();
  return import('../../../src/index.ts');
}

it('law 3: requests of another copy of the package refuse what is wrong by its name', async () => {
  const { requests, guests } = await otherCopy();
  const backend = new Backend();
  const client = createChatClient({ ...backend.options(), requests, guests });
  onTestFinished(() => void client.dispose());
  const connecting = client.connectUser({ id: 'alice' });
  await backend.clock.advance(100);
  await connecting.orThrow();
  expect(await client.request('../x')).toMatchObject({ error: { code: 'invalidArgument', field: 'path' } });
  expect(await client.request('/x', { body: () => {} })).toMatchObject({ error: { field: 'body' } });
  const sent = client.request('/x');
  await backend.clock.advance(100);
  expect(await sent).toMatchObject({ success: true });
});

it('law 11: a provider for React takes a client of another copy', async () => {
  const other = await otherCopy();
  const backend = new Backend();
  const client = other.createChatClient(backend.options());
  onTestFinished(() => void client.dispose());
  const store = new SessionStore(client);
  store.want({ id: 'alice' }, undefined);
  await backend.clock.advance(100);
  expect(store.getSnapshot()).toMatchObject({ status: 'online', user: { id: 'alice' } });
  store.want({ id: '' }, undefined);
  await backend.clock.advance(100);
  expect(store.getSnapshot().error).toMatchObject({ code: 'invalidArgument' });
});
