// A whole life of a session without a network, in a process of its own: created, connected, logged out, disposed.
// The socket is an object that opens and says hello in later microtasks, so that only our own code is measured.
import { createChatClient } from 'sessionchart';

const lives = Number(process.argv[2]);
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ user_id: 'bench' })}.c2lnbmF0dXJl`;
const hello = '{"type":"health.check","connection_id":"c","me":{"id":"bench"}}';

class InstantSocket {
  readyState = 0;
  constructor() {
    queueMicrotask(() => {
      this.readyState = 1;
      this.onopen?.({});
      this.onmessage?.({ data: hello });
    });
  }
  send() {}
  close(code = 1000) {
    this.readyState = 2;
    queueMicrotask(() => {
      this.readyState = 3;
      this.onclose?.({ code, reason: '' });
    });
  }
}

const options = { apiKey: 'key', baseUrl: 'http://localhost', WebSocket: InstantSocket, tokenProvider: () => token };
const user = { id: 'bench' };

async function live(spent) {
  const start = performance.now();
  const client = createChatClient(options);
  const created = performance.now();
  const login = await client.connectUser(user);
  const connected = performance.now();
  await client.disconnect();
  const out = performance.now();
  await client.dispose();
  const end = performance.now();
  if (!login.success) throw login.error;
  spent.createUs += (created - start) * 1_000;
  spent.connectUs += (connected - created) * 1_000;
  spent.logoutUs += (out - connected) * 1_000;
  spent.lifeUs += (end - start) * 1_000;
}

const none = () => ({ createUs: 0, connectUs: 0, logoutUs: 0, lifeUs: 0 });
const first = none();
await live(first);
for (let index = 0; index < lives / 2; index += 1) await live(none());
const warm = none();
for (let index = 0; index < lives; index += 1) await live(warm);
const figures = Object.fromEntries(Object.entries(warm).map(([name, us]) => [name, us / lives]));
process.send({ figures: { firstMs: first.lifeUs / 1_000, ...figures } }, () => process.exit());
