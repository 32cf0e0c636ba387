// The clients of the live storm. IPC: `{port}` starts them, `{back}` says when the server was there again.
import { createChatClient } from 'sessionchart';
import { WebSocket } from 'ws';

const count = Number(process.argv[2]);
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (id) => `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ user_id: id })}.c2lnbmF0dXJl`;

let attempts = 0;
let isCounting = false;
const perSecond = new Map();
class CountedSocket extends WebSocket {
  constructor(...args) {
    super(...args);
    if (!isCounting) return;
    attempts += 1;
    const second = Math.floor(Date.now() / 1_000);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  }
}

const clients = [];
process.on('message', async ({ port, back }) => {
  if (port !== undefined) {
    for (let index = 0; index < count; index += 1) {
      const client = createChatClient({
        apiKey: 'key',
        baseUrl: `http://127.0.0.1:${port}`,
        WebSocket: CountedSocket,
        webSocketOptions: { perMessageDeflate: false },
        tokenProvider: ({ id }) => token(id),
      });
      clients.push(client);
      if (index % 50 === 49)
        await Promise.all(clients.slice(-50).map((one, n) => one.connectUser({ id: `user-${index - 49 + n}` })));
    }
    isCounting = true;
    let lost = 0;
    for (const client of clients) {
      const stop = client.subscribe(({ status }) => {
        if (status === 'online') return;
        stop();
        lost += 1;
        if (lost === clients.length) process.send({ lost: true });
      });
    }
    process.send({ online: true });
  }
  if (back !== undefined) {
    const times = await Promise.all(clients.map((client) => whenOnline(client, back)));
    times.sort((a, b) => a - b);
    const at = (share) => times[Math.ceil(times.length * share) - 1] / 1_000;
    const seconds = [at(0.5), at(0.95), at(1)];
    process.send({ back: { seconds, attempts, peakPerSecond: Math.max(...perSecond.values()) } }, () => process.exit());
  }
});

function whenOnline(client, sinceMs) {
  return new Promise((resolve) => {
    const check = () => {
      if (client.getSnapshot().status !== 'online') return false;
      resolve(Date.now() - sinceMs);
      return true;
    };
    if (check()) return;
    const stop = client.subscribe(() => check() && stop());
  });
}
