import { createContext, runInContext } from 'node:vm';
import { build } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';

/*
 * The core in a realm that has less than any platform it is made for: the language, timers, microtasks, `AbortController`
 * and `atob`. There is no TextDecoder, URLSearchParams, URL, crypto, structuredClone, process, console or fetch.
 */

const token = ['{"alg":"HS256","typ":"JWT"}', '{"user_id":"alice"}', 'signature'].map(base64Url).join('.');

const PROGRAM = `(async () => {
  const seen = { urls: [], states: [], events: [], diagnostics: [] };

  class FakeWebSocket {
    readyState = 0;
    onopen = null; onmessage = null; onerror = null; onclose = null;
    constructor(url) {
      seen.urls.push(url);
      setTimeout(() => {
        this.readyState = 1;
        this.onopen?.({});
        this.#say({ type: 'health.check', connection_id: 'c1', cid: '*', me: { id: 'alice' }, created_at: '2026-01-01T00:00:00.000Z' });
        setTimeout(() => this.#say({ type: 'message.new', cid: 'messaging:general', message: { text: 'Grüße' } }), 0);
      }, 0);
    }
    #say(frame) { this.onmessage?.({ data: JSON.stringify(frame) }); }
    send() {}
    close(code) {
      this.readyState = 2;
      setTimeout(() => { this.readyState = 3; this.onclose?.({ code, reason: '' }); }, 0);
    }
  }

  const client = sessionchart.createChatClient({
    apiKey: 'key',
    WebSocket: FakeWebSocket,
    onDiagnostic: (diagnostic) => seen.diagnostics.push(diagnostic.failure.message),
  });
  client.subscribe(() => seen.states.push(client.getSnapshot().state));
  const message = new Promise((resolve) => client.on('message.new', resolve));
  const connected = await client.connectUser({ id: 'alice', name: 'Zoë & Ö' }, ${JSON.stringify(token)});
  if (connected.success) seen.events.push(await message);
  const disconnected = await client.disconnect();
  await client.dispose();
  return { ...seen, connected, disconnected, status: client.getSnapshot().status };
})()`;

const WITHOUT_SPECIES = `
  delete Promise[Symbol.species];
  const then = Promise.prototype.then;
  Promise.prototype.then = function (onFulfilled, onRejected) {
    const { constructor } = this;
    if (constructor === Promise) return then.call(this, onFulfilled, onRejected);
    return new constructor((resolve, reject) => then.call(then.call(this, onFulfilled, onRejected), resolve, reject));
  };
`;

/** Every way of taking the result of a call that fails. */
const SETTLING = `(async () => {
  const client = sessionchart.createChatClient({ apiKey: 'key', WebSocket: class {} });
  const fail = () => client.connectUser({ id: 'alice' });
  const raise = () => { throw new Error('mine'); };
  return [
    (await fail()).error.code,
    await fail().orThrow().catch(({ code }) => code),
    await fail().then(raise).catch(({ message }) => message),
    await fail().finally(raise).catch(({ message }) => message),
    await fail().then(() => Promise.reject(new Error('mine'))).catch(({ message }) => message),
    (await Promise.all([fail(), fail()])).length,
  ];
})()`;

let bundle = '';
beforeAll(async () => {
  bundle = await bundled('src/index.ts');
});

describe('the core, in a realm without TextDecoder, URLSearchParams, crypto and structuredClone', () => {
  it('logs in, receives an event, and logs out', async () => {
    const realm = createContext({
      setTimeout,
      clearTimeout,
      queueMicrotask,
      AbortController,
      atob,
    });
    runInContext(bundle, realm);
    const seen = await (runInContext(PROGRAM, realm) as Promise<Record<string, unknown>>);

    expect(seen.diagnostics).toEqual([]);
    expect(seen.connected).toMatchObject({ success: true, value: { connectionId: 'c1' } });
    expect(seen.events).toMatchObject([{ type: 'message.new', message: { text: 'Grüße' } }]);
    expect(seen.disconnected).toMatchObject({ success: true });
    expect(seen.status).toBe('disposed');

    const { searchParams } = new URL((seen.urls as string[])[0] ?? '');
    expect(JSON.parse(searchParams.get('json') ?? '')).toMatchObject({ user_details: { name: 'Zoë & Ö' } });
  });

  it("law 3: calls settle where `then` constructs the promise's own class, as on Hermes, which has no Symbol.species", async () => {
    const realm = createContext({ setTimeout, clearTimeout, queueMicrotask, AbortController, atob });
    runInContext(WITHOUT_SPECIES, realm);
    runInContext(bundle, realm);
    expect(await (runInContext(SETTLING, realm) as Promise<unknown>)).toEqual([
      'tokenSourceMissing',
      'tokenSourceMissing',
      'mine',
      'mine',
      'mine',
      2,
    ]);
  });

  it('loads where there is nothing but the language', () => {
    const realm = createContext({});
    expect(() => runInContext(bundle, realm)).not.toThrow();
    expect(realm.sessionchart).toBeDefined();
  });
});

/** One script that puts the module's exports into the global `sessionchart`. */
async function bundled(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, target: 'es2022', lib: { entry, formats: ['iife'], name: 'sessionchart' } },
  });
  const [first] = Array.isArray(result) ? result : [result];
  if (first === undefined || !('output' in first)) throw new Error('vite did not build');
  return first.output[0].code;
}

function base64Url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
