// Counts how often each hook renders its component, in a page without a browser: how often, not how fast.
import { JSDOM } from 'jsdom';

/** React looks for these when it is loaded. */
function installPage() {
  const { window } = new JSDOM('<!doctype html>', { url: 'http://localhost/' });
  Object.assign(globalThis, { window, document: window.document });
  Object.defineProperty(globalThis, 'navigator', { value: window.navigator, configurable: true });
  return window.document;
}

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ user_id: 'bench' })}.c2lnbmF0dXJl`;
const hello = '{"type":"health.check","connection_id":"c","me":{"id":"bench"}}';

function Counted({ name, hook, counts }) {
  hook();
  counts[name] += 1;
  return null;
}

export async function countRenders() {
  const document = installPage();
  const { createElement: h } = await import('react');
  const { createRoot } = await import('react-dom/client');
  const { createChatClient } = await import('sessionchart');
  const react = await import('sessionchart/react');

  const sockets = [];
  class PageSocket {
    readyState = 0;
    constructor() {
      sockets.push(this);
      queueMicrotask(() => {
        this.readyState = 1;
        this.onopen?.({});
        this.onmessage?.({ data: hello });
      });
    }
    send() {}
    close(code = 1000) {
      this.readyState = 3;
      queueMicrotask(() => this.onclose?.({ code, reason: '' }));
    }
  }

  const hooks = {
    useChatSession: () => react.useChatSession(),
    useSessionStatus: () => react.useSessionStatus(),
    useSessionUser: () => react.useSessionUser(),
    'useSessionSelector(can)': () => react.useSessionSelector(({ can }) => can),
    useSessionCommands: () => react.useSessionCommands(),
  };
  const counts = Object.fromEntries(Object.keys(hooks).map((name) => [name, 0]));
  const components = Object.entries(hooks).map(([name, hook]) => h(Counted, { key: name, name, hook, counts }));

  const client = createChatClient({
    apiKey: 'key',
    baseUrl: 'http://localhost',
    WebSocket: PageSocket,
    tokenProvider: () => token,
    timing: { backoffBaseMs: 20, backoffCapMs: 20 },
  });
  const { SessionProvider } = react;
  const root = createRoot(document.createElement('div'));
  const online = async () => {
    while (client.getSnapshot().status !== 'online') await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
  };
  let { can } = client.getSnapshot();
  let changes = 0;
  client.subscribe((snapshot) => {
    if (snapshot.can !== can) changes += 1;
    can = snapshot.can;
  });
  const taken = () => {
    const now = { ...counts, changes };
    for (const name of Object.keys(counts)) counts[name] = 0;
    changes = 0;
    return now;
  };

  root.render(h(SessionProvider, { client, user: { id: 'bench' } }, components));
  await online();
  const login = taken();
  for (let index = 0; index < 1_000; index += 1) sockets.at(-1).onmessage({ data: '{"type":"message.new"}' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const events = taken();
  const dropped = sockets.at(-1);
  dropped.readyState = 3;
  dropped.onclose({ code: 1006, reason: '' });
  await new Promise((resolve) => setTimeout(resolve, 5));
  await online();
  const reconnect = taken();
  root.unmount();
  await client.dispose();
  return Object.fromEntries(
    Object.keys(hooks).map((name) => [
      name,
      // How often `can` itself changed in that reconnect: a component that selects it renders no oftener.
      { login: login[name], events: events[name], reconnect: reconnect[name], changes: reconnect.changes },
    ]),
  );
}
