// A whole life of a session without a network, in a process of its own: created, connected, logged out, disposed.
// `life.mjs LIVES [inspect | journal]`: the second argument says what looks on.
// The socket is an object that opens and says hello in later microtasks, so that only our own code is measured.
import { createChatClient, recordJournal } from 'sessionchart';

const lives = Number(process.argv[2]);
const observer = process.argv[3];
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

const options = {
  apiKey: 'key',
  baseUrl: 'http://localhost',
  WebSocket: InstantSocket,
  tokenProvider: () => token,
  ...(observer === 'inspect' && { inspect: () => {} }),
};
const user = { id: 'bench' };

async function live(spent) {
  const start = performance.now();
  const client = createChatClient(options);
  if (observer === 'journal') recordJournal(client);
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
const entryBytes = observer === 'journal' ? { entryBytes: await bytesOfAnEntry() } : {};
process.send({ figures: { firstMs: first.lifeUs / 1_000, ...figures, ...entryBytes } }, () => process.exit());

/** What a journal grows by with each entry: suspended and resumed, each time with a new socket. */
async function bytesOfAnEntry() {
  const clients = Array.from({ length: 50 }, () => createChatClient(options));
  const recorders = clients.map((client) => recordJournal(client, { limit: 5_000 }));
  for (const client of clients) await client.connectUser(user);
  const cycle = async (count) => {
    for (const client of clients) {
      for (let index = 0; index < count; index += 1) {
        await client.suspend();
        await client.resume();
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  };
  const entries = () => recorders.reduce((sum, recorder) => sum + recorder.journal().entries.length, 0);
  const used = () => {
    for (let index = 0; index < 4; index += 1) globalThis.gc();
    return process.memoryUsage().heapUsed;
  };
  await cycle(20);
  const [entriesBefore, bytesBefore] = [entries(), used()];
  await cycle(100);
  const bytes = used() - bytesBefore;
  return bytes / (entries() - entriesBefore);
}
