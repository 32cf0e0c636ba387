// The server that every client of the benchmark connects to: one process, one port for each protocol.
// It prints its ports as one line of JSON. `blast` messages on its IPC channel make it send chat events.
import { createServer } from 'node:http';
import { Server as SocketIoServer } from 'socket.io';
import { WebSocketServer } from 'ws';

const message = {
  type: 'message.new',
  cid: 'messaging:general',
  created_at: '2026-01-01T00:00:00.000Z',
  message: {
    id: 'm',
    text: 'A message of an ordinary length, as people write them in a chat.',
    user: { id: 'bob', name: 'Bob' },
  },
  user: { id: 'bob', name: 'Bob', role: 'user', online: true },
};

/** How each protocol greets a socket, replies to what it sends, and wraps an event. */
const protocols = {
  stream: {
    onOpen(socket, url) {
      const { user_id: id } = JSON.parse(url.searchParams.get('json') ?? '{"user_id":"bench"}');
      const me = {
        id,
        role: 'user',
        devices: [],
        mutes: [],
        channel_mutes: [],
        unread_count: 0,
        total_unread_count: 0,
        unread_channels: 0,
      };
      socket.send(
        JSON.stringify({
          type: 'health.check',
          connection_id: 'c',
          cid: '*',
          me,
          created_at: new Date().toISOString(),
        }),
      );
    },
    onMessage(socket) {
      socket.send('{"type":"health.check","connection_id":"c"}');
    },
    event: JSON.stringify(message),
  },
  centrifuge: {
    onMessage(socket, text) {
      for (const line of text.trim().split('\n')) {
        const { id, connect } = JSON.parse(line);
        if (connect) socket.send(JSON.stringify({ id, connect: { client: 'c', version: '', subs: { chat: {} } } }));
      }
    },
    event: JSON.stringify({ push: { channel: 'chat', pub: { data: message } } }),
  },
  graphql: {
    options: { handleProtocols: () => 'graphql-transport-ws' },
    onMessage(socket, text) {
      const { type, id } = JSON.parse(text);
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
      if (type === 'subscribe') socket.subscription = id;
    },
    eventFor: (socket) => JSON.stringify({ id: socket.subscription, type: 'next', payload: { data: message } }),
  },
};

const ports = {};
const open = { stream: new Set(), centrifuge: new Set(), graphql: new Set() };

for (const [name, protocol] of Object.entries(protocols)) {
  const http = createServer((_, response) => response.writeHead(404).end());
  const server = new WebSocketServer({ server: http, perMessageDeflate: false, ...protocol.options });
  server.on('connection', (socket, request) => {
    open[name].add(socket);
    socket.on('close', () => open[name].delete(socket));
    socket.on('error', () => {});
    socket.on('message', (data) => protocol.onMessage?.(socket, String(data)));
    protocol.onOpen?.(socket, new URL(request.url, 'http://localhost'));
  });
  await listen(http, name);
}

const io = new SocketIoServer({ transports: ['websocket'], serveClient: false });
const ioHttp = createServer();
io.attach(ioHttp);
await listen(ioHttp, 'socketIo');

async function listen(http, name) {
  const port = name === 'stream' ? Number(process.argv[2] ?? 0) : 0;
  await new Promise((resolve) => http.listen(port, '127.0.0.1', resolve));
  ports[name] = http.address().port;
}

/** Sends `count` events to every open socket of a protocol, in portions, so that nothing piles up. */
async function blast(name, count) {
  for (let sent = 0; sent < count; sent += 200) {
    for (let index = 0; index < Math.min(200, count - sent); index += 1) {
      if (name === 'socketIo') io.emit('message.new', message);
      else for (const socket of open[name]) socket.send(protocols[name].eventFor?.(socket) ?? protocols[name].event);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

process.on('message', ({ blast: name, count }) => void blast(name, count));
process.on('disconnect', () => process.exit());
process.send({ ports });
