// An app on React Native, bundled by Metro and run in a Hermes virtual machine: what it prints is what the test reads.
import { createChatClient, reactNativeEnvironment, storageRepository } from 'sessionchart';
import { ChatSessionProvider } from 'sessionchart/react';

const { print, token } = globalThis;
const sockets = [];

class FakeWebSocket {
  readyState = 0;
  constructor(url) {
    this.url = url;
    sockets.push(this);
    setTimeout(() => {
      this.readyState = 1;
      this.onopen?.({});
      this.receive({ type: 'health.check', connection_id: `c${sockets.length}`, me: { id: 'alice' } });
    }, 1);
  }
  receive(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  send() {}
  close(code) {
    if (this.readyState > 1) return;
    this.readyState = 2;
    setTimeout(() => this.end(code), 1);
  }
  end(code) {
    this.readyState = 3;
    this.onclose?.({ code, reason: '' });
  }
}

const record = (name, value) => print(JSON.stringify([name, value]));
const latest = () => sockets[sockets.length - 1];
const open = () => sockets.filter(({ readyState }) => readyState < 3).length;

const stored = new Map();
const AsyncStorage = {
  getItem: async (key) => stored.get(key) ?? null,
  setItem: async (key, value) => void stored.set(key, value),
  removeItem: async (key) => void stored.delete(key),
};
const states = { listener: null };
const AppState = {
  currentState: 'active',
  addEventListener: (_, listener) => {
    states.listener = listener;
    return { remove() {} };
  },
};
const environment = reactNativeEnvironment({ AppState });
const create = (tokenProvider = async () => token) =>
  createChatClient({
    apiKey: 'key',
    WebSocket: FakeWebSocket,
    environment,
    userRepository: storageRepository(AsyncStorage, { apiKey: 'key' }),
    tokenProvider,
  });

async function failures() {
  const client = createChatClient({ apiKey: 'key', WebSocket: FakeWebSocket });
  const fail = () => client.connectUser({ id: 'alice' });
  record('result', (await fail()).error.code);
  record(
    'orThrow',
    await fail()
      .orThrow()
      .catch(({ code }) => code),
  );
  record(
    'then that throws',
    await fail()
      .then(() => {
        throw new Error('mine');
      })
      .catch(({ message }) => message),
  );
  record(
    'finally that throws',
    await fail()
      .finally(() => {
        throw new Error('mine');
      })
      .catch(({ message }) => message),
  );
  record('all', (await Promise.all([fail(), fail()])).length);
  const failing = create(async () => {
    throw new Error('the token server is down');
  });
  record('provider that throws', (await failing.connectUser({ id: 'alice' })).error.code);
  await failing.dispose();
  await client.dispose();
}

async function session() {
  const client = create();
  const message = new Promise((resolve) => client.on('message.new', resolve));
  record('login', (await client.connectUser({ id: 'alice', name: 'Zoë' }).orThrow()).connectionId);
  latest().receive({ type: 'message.new', message: { text: 'Grüße' } });
  record('message', (await message).message.text);
  const back = new Promise((resolve) => client.subscribe(({ status }) => status === 'online' && resolve()));
  latest().end(1006);
  await back;
  record('reconnected', client.getSnapshot().connectionId);
  states.listener('background');
  record('in the background', client.getSnapshot().status);
  await client.dispose();

  const next = create();
  states.listener('active');
  record('restored', (await next.restore().orThrow())?.id);
  const online = new Promise((resolve) => next.subscribe(({ status }) => status === 'online' && resolve()));
  if (next.getSnapshot().status !== 'online') await online;
  record('online', next.getSnapshot().status);
  record('logout', (await next.disconnect()).success);
  record('stored', stored.size);
  record('open sockets', open());
  await next.dispose();
}

record('hooks', typeof ChatSessionProvider);
failures()
  .then(session)
  .then(
    () => record('end', null),
    (error) => record('error', String(error.message)),
  );
