import { describe, expect, it } from 'vitest';
import { type ChatClient, createChatClient, SessionError } from '../../../src/index.ts';

const create = () => createChatClient({ apiKey: 'key', WebSocket: class {} as never, tokenProvider: () => '' });

/** As Vue's `reactive` and others do it: every object that is reached through the proxy is a proxy, too. */
function reactive<Target extends object>(target: Target): Target {
  return new Proxy(target, {
    get: (object, key, receiver) => {
      const value: unknown = Reflect.get(object, key, receiver);
      const isOpen = typeof value === 'object' && value !== null && Object.isExtensible(value);
      return isOpen && !(value instanceof Promise) ? reactive(value) : value;
    },
  });
}

describe('a client as apps pass it around', () => {
  it('its methods can be detached', async () => {
    const { getSnapshot, connectUser, subscribe, on, dispose, now } = create();
    expect(getSnapshot().status).toBe('idle');
    subscribe(() => {})();
    on('*', () => {})();
    expect(now()).toBeTypeOf('number');
    expect(await connectUser({ id: '' })).toMatchObject({ success: false, error: { field: 'user.id' } });
    expect(await dispose()).toEqual({ success: true, value: undefined });
  });

  it('it works behind a proxy that wraps whatever is reached through it (Vue, Pinia)', async () => {
    const state = reactive({ client: create() as ChatClient });
    expect(state.client.getSnapshot().can.connect).toBe(true);
    expect(state.client.actor.getSnapshot().value).toBe('restoring');
    expect(await state.client.connectUser({ id: 'alice' })).toMatchObject({ error: { code: 'tokenUnavailable' } });
    const call = reactive({ call: state.client.connectUser({ id: '' }) }).call;
    expect(await call.orThrow().catch((error: unknown) => error)).toBeInstanceOf(SessionError);
    expect(reactive({ error: state.client.getSnapshot().error }).error?.toJSON()).toMatchObject({
      name: 'SessionError',
    });
    await state.client.dispose();
    expect(state.client.getSnapshot().status).toBe('disposed');
  });
});

describe('an error as it is printed and thrown', () => {
  it('has its message in JSON, and neither its cause nor the stack', async () => {
    const result = await create().connectUser({ id: 7 } as never);
    expect(JSON.parse(JSON.stringify(result))).toEqual({
      success: false,
      error: {
        name: 'SessionError',
        code: 'invalidArgument',
        field: 'user.id',
        message: 'user.id: expected a string of whole characters (no lone surrogate) that is not empty',
        remedy: expect.any(String),
        retryable: false,
      },
    });
  });

  it('orThrow() throws with the stack of its caller', async () => {
    const thrown = await create()
      .connectUser({ id: '' })
      .orThrow()
      .catch((error: Error) => error);
    const [head, first] = (thrown as Error).stack?.split('\n') ?? [];
    expect(head).toBe(
      'SessionError: user.id: expected a string of whole characters (no lone surrogate) that is not empty',
    );
    expect(first).toContain('detached.test.ts');
    expect(thrown).toMatchObject({ code: 'invalidArgument', field: 'user.id' });
  });
});
