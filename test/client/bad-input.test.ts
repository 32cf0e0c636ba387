import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ChatClient, type ChatClientOptions, createChatClient, SessionError, type User } from '../../src/index.ts';
import { startWorld } from '../support/world.ts';

const alice: User = { id: 'alice' };
const good: ChatClientOptions = { apiKey: 'key', WebSocket };

function thrownBy(act: () => unknown): SessionError {
  try {
    act();
  } catch (error) {
    if (error instanceof SessionError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('bad input names the field and starts nothing', () => {
  it.each<[string, unknown]>([
    ['apiKey', { WebSocket }],
    ['apiKey', { ...good, apiKey: '' }],
    ['apiKey', { ...good, apiKey: 7 }],
    ['baseUrl', { ...good, baseUrl: 'chat.example.com' }],
    ['baseUrl', { ...good, baseUrl: 'ws://chat.example.com' }],
    ['baseUrl', { ...good, baseUrl: 'https://chat.example.com?x=1' }],
    ['baseUrl', { ...good, baseUrl: 'https://user:secret@chat.example.com' }],
    ['tokenProvider', { ...good, tokenProvider: {} }],
    ['tokenProvider', { ...good, tokenProvider: '' }],
    ['userRepository', { ...good, userRepository: { getCurrentUser() {} } }],
    ['environment', { ...good, environment: { read() {} } }],
    ['WebSocket', { ...good, WebSocket: {} }],
    ['webSocketOptions', { ...good, webSocketOptions: 'x' }],
    ['fetch', { ...good, fetch: 'fetch' }],
    ['timing.helloTimeoutMs', { ...good, timing: { helloTimeoutMs: '5s' } }],
    ['timing.helloTimeoutMs', { ...good, timing: { helloTimeoutMs: 0 } }],
    ['timing.helloTimeoutMs', { ...good, timing: { helloTimeoutMs: Number.NaN } }],
    ['timing.backoffCapMs', { ...good, timing: { backoffCapMs: 2 ** 31 } }],
    ['timing.backofCapMs', { ...good, timing: { backofCapMs: 10 } }],
    ['tokenprovider', { ...good, tokenprovider: () => '' }],
    ['onDiagnostic', { ...good, onDiagnostic: true }],
    ['inspect', { ...good, inspect: 1 }],
    ['clock', { ...good, clock: { setTimeout() {} } }],
    ['seed', { ...good, seed: 'x' }],
    ['clientName', { ...good, clientName: '' }],
  ])('option %s', (field, options) => {
    const error = thrownBy(() => createChatClient(options as ChatClientOptions));
    expect(error).toMatchObject({ code: 'invalidArgument', field, retryable: false });
    expect(error.message).toContain(field);
    expect(error.remedy).toContain('nothing was started');
  });

  it.each<[string, unknown]>([
    ['options', undefined],
    ['options', null],
    ['options', 'key'],
  ])('%s that are no object', (field, options) => {
    expect(thrownBy(() => createChatClient(options as ChatClientOptions))).toMatchObject({
      code: 'invalidArgument',
      field,
    });
  });

  it.each<[string, unknown, unknown, unknown]>([
    ['user', undefined, undefined, undefined],
    ['user', 'alice', undefined, undefined],
    ['user.id', {}, undefined, undefined],
    ['user.id', { id: '' }, undefined, undefined],
    ['user.id', { id: '  ' }, undefined, undefined],
    ['user.id', { id: 7 }, undefined, undefined],
    ['user', { id: 'alice', big: 1n }, undefined, undefined],
    ['tokenOrProvider', alice, 7, undefined],
    ['tokenOrProvider', alice, '', undefined],
    ['tokenOrProvider', alice, {}, undefined],
    ['timeoutMs', alice, undefined, { timeoutMs: 0 }],
    ['timeoutMs', alice, undefined, { timeoutMs: '1s' }],
    ['timeoutMs', alice, undefined, { timeoutMs: Number.POSITIVE_INFINITY }],
    ['signal', alice, undefined, { signal: {} }],
  ])('a login with a bad %s', async (field, user, token, options) => {
    const { server, client: create, provider } = await startWorld();
    const tokenProvider = provider();
    const client = create({ tokenProvider });
    for (const method of ['connectUser', 'switchUser'] as const) {
      const result = await client[method](user as User, token as string, options as object);
      expect(result).toMatchObject({ success: false, error: { code: 'invalidArgument', field } });
    }
    expect(client.getSnapshot().status).toBe('idle');
    expect(server.counts().opened).toBe(0);
    expect(tokenProvider.calls()).toBe(0);
  });

  it('other calls', async () => {
    const { client: create } = await startWorld();
    const client = create();
    const field = (name: string) => ({ success: false, error: { code: 'invalidArgument', field: name } });
    expect(await client.disconnect({ forgetUser: 'no' as never })).toMatchObject(field('forgetUser'));
    expect(await client.request('channels')).toMatchObject(field('path'));
    expect(await client.request('/channels', { timeoutMs: -1 })).toMatchObject(field('timeoutMs'));
    expect(await client.connectGuestUser({ id: '' })).toMatchObject(field('user.id'));
    for (const call of [client.request('/x'), client.suspend(), client.resume(), client.retryNow()]) {
      expect(await call).toMatchObject({ success: false, error: { code: 'notLoggedIn' } });
    }
    expect(client.getSnapshot().status).toBe('idle');
  });

  it('a platform without WebSocket: the client is built and renders, and a login says what is missing', async () => {
    const platform = globalThis.WebSocket;
    try {
      Reflect.deleteProperty(globalThis, 'WebSocket');
      const client = createChatClient({ apiKey: 'key', tokenProvider: () => '' });
      expect(client.getSnapshot().status).toBe('idle');
      expect(await client.connectUser(alice)).toMatchObject({
        success: false,
        error: { code: 'invalidArgument', field: 'WebSocket' },
      });
    } finally {
      if (platform !== undefined) globalThis.WebSocket = platform;
    }
  });
});

describe('the one instance of an app', () => {
  it('is there between build() and dispose()', async () => {
    expect(thrownBy(() => ChatClient.instance())).toMatchObject({ code: 'noInstance' });
    const builder = new ChatClient.Builder('key').webSocket(WebSocket).tokenProvider(() => '');
    const client = builder.build();
    expect(ChatClient.instance()).toBe(client);
    expect(thrownBy(() => builder.build())).toMatchObject({ code: 'instanceExists' });
    createChatClient(good);
    expect(ChatClient.instance()).toBe(client);
    await client.dispose();
    expect(thrownBy(() => ChatClient.instance())).toMatchObject({ code: 'noInstance' });
    await builder.build().dispose();
  });

  it('a build that fails leaves none', () => {
    expect(thrownBy(() => new ChatClient.Builder('').build())).toMatchObject({
      code: 'invalidArgument',
      field: 'apiKey',
    });
    expect(thrownBy(() => ChatClient.instance())).toMatchObject({ code: 'noInstance' });
  });
});
