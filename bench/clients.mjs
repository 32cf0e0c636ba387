// One way to use each client: `connect(port)` resolves once it is connected, to what closes it and what listens.
// Each client is loaded only when it is asked for, so that a process holds one of them.

/** A token that no server of the benchmark checks, for the user `bench`. */
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ user_id: 'bench' })}.c2lnbmF0dXJl`;
const user = { id: 'bench', name: 'Bench' };
const closeOf = (socket) => new Promise((resolve) => socket.once('close', resolve));

export const clients = {
  ws: {
    protocol: 'stream',
    async load() {
      const { WebSocket } = await import('ws');
      return (port) =>
        new Promise((resolve, reject) => {
          const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
          let listeners = [];
          socket.on('error', reject);
          socket.on('message', (data) => {
            const event = JSON.parse(data.toString());
            if (event.type === 'health.check')
              return resolve({ close, listen: (listener) => (listeners = [...listeners, listener]) });
            for (const listener of listeners) listener(event);
          });
          const close = () => {
            socket.close(1000);
            return closeOf(socket);
          };
        });
    },
  },
  sessionchart: {
    protocol: 'stream',
    async load() {
      const { createChatClient } = await import('sessionchart');
      // As in the README: the package contains `ws`, so an app does not load that as well.
      const { WebSocket } = await import('sessionchart/node');
      return (port, more) => connectSession(createChatClient, WebSocket, port, more);
    },
  },
  'stream-chat': {
    protocol: 'stream',
    async load() {
      const { StreamChat } = await import('stream-chat');
      return async (port) => {
        // Otherwise it writes a warning at each login, which would be measured, too.
        const options = { allowServerSideConnect: true, warmUp: false, logger: () => {} };
        const client = new StreamChat('key', { baseURL: `http://127.0.0.1:${port}`, ...options });
        await client.connectUser({ ...user }, token);
        return { close: () => client.disconnectUser(), listen: (listener) => client.on('message.new', listener) };
      };
    },
  },
  centrifuge: {
    protocol: 'centrifuge',
    async load() {
      const { Centrifuge } = await import('centrifuge');
      const { WebSocket } = await import('ws');
      return async (port) => {
        const client = new Centrifuge(`ws://127.0.0.1:${port}`, { websocket: WebSocket });
        client.connect();
        await client.ready();
        return {
          close: async () => {
            const closed = new Promise((resolve) => client.once('disconnected', resolve));
            client.disconnect();
            await closed;
          },
          listen: (listener) => client.on('publication', listener),
        };
      };
    },
  },
  partysocket: {
    protocol: 'stream',
    async load() {
      const { WebSocket: PartySocket } = await import('partysocket');
      const { WebSocket } = await import('ws');
      return (port) =>
        new Promise((resolve) => {
          const socket = new PartySocket(`ws://127.0.0.1:${port}`, [], { WebSocket });
          const close = () => {
            const closed = new Promise((done) => socket.addEventListener('close', done, { once: true }));
            socket.close(1000);
            return closed;
          };
          const listen = (listener) => socket.addEventListener('message', ({ data }) => listener(JSON.parse(data)));
          socket.addEventListener('message', () => resolve({ close, listen }), { once: true });
        });
    },
  },
  'socket.io-client': {
    protocol: 'socketIo',
    async load() {
      const { io } = await import('socket.io-client');
      return (port) =>
        new Promise((resolve) => {
          const socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true });
          socket.once('connect', () =>
            resolve({
              close: async () => void socket.disconnect(),
              listen: (listener) => socket.on('message.new', listener),
            }),
          );
        });
    },
  },
  'graphql-ws': {
    protocol: 'graphql',
    async load() {
      const { createClient } = await import('graphql-ws');
      const { WebSocket } = await import('ws');
      return (port) =>
        new Promise((resolve) => {
          const client = createClient({ url: `ws://127.0.0.1:${port}`, webSocketImpl: WebSocket, lazy: false });
          // One operation, and its listeners called in turn, as an app does it.
          const listeners = [];
          const next = (message) => {
            for (const listener of listeners) listener(message);
          };
          const listen = (listener) => {
            if (listeners.push(listener) > 1) return;
            client.subscribe({ query: 'subscription { message }' }, { next, error() {}, complete() {} });
          };
          client.on('connected', () => resolve({ close: async () => client.dispose(), listen }));
        });
    },
  },
};

async function connectSession(createChatClient, WebSocket, port, more = {}) {
  const client = createChatClient({
    apiKey: 'key',
    baseUrl: `http://127.0.0.1:${port}`,
    WebSocket,
    webSocketOptions: { perMessageDeflate: false },
    tokenProvider: () => token,
    ...more,
  });
  const login = await client.connectUser(user);
  if (!login.success) throw login.error;
  return {
    close: async () => {
      await client.disconnect();
      await client.dispose();
    },
    listen: (listener) => client.on('message.new', listener),
    client,
  };
}
