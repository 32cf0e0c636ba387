// One measurement in a process of its own: `child.mjs PART CLIENT PORT [JSON]`. It replies by IPC and ends.
import { clients } from './clients.mjs';

const [part, name, port, json = '{}'] = process.argv.slice(2);
const options = JSON.parse(json);
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};
const nowMs = () => performance.now();
const settle = () => new Promise((resolve) => setTimeout(resolve, 50));

const parts = {
  /** Milliseconds and CPU for each connect and close, one after the other, in a process that is warm. */
  async connect() {
    const loadMs = nowMs();
    const connect = await clients[name].load();
    const firstMs = nowMs();
    const first = await connect(port);
    const coldMs = nowMs() - firstMs;
    const loadedColdMs = nowMs() - loadMs;
    await first.close();
    for (let index = 0; index < options.warmUp; index += 1) await (await connect(port)).close();
    let waitedMs = 0;
    const beforeMs = cpuMs();
    for (let index = 0; index < options.sessions; index += 1) {
      const startMs = nowMs();
      const session = await connect(port);
      waitedMs += nowMs() - startMs;
      await session.close();
    }
    const connectCpuMs = (cpuMs() - beforeMs) / options.sessions;
    return { coldMs, loadedColdMs, connectMs: waitedMs / options.sessions, connectCpuMs };
  },

  /** CPU for each chat event, with a number of listeners. */
  async events() {
    const connect = await clients[name].load();
    const session = await connect(port);
    let heard = 0;
    let done = () => {};
    const wanted = options.events * options.listeners;
    for (let index = 0; index < options.listeners; index += 1) {
      session.listen(() => {
        heard += 1;
        if (heard === wanted) done();
      });
    }
    await settle();
    const blast = async () => {
      heard = 0;
      const all = new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`Only ${heard} of ${wanted} events arrived.`)), 60_000);
        done = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      process.send({ blast: clients[name].protocol, count: options.events });
      await all;
    };
    await blast();
    const beforeMs = cpuMs();
    await blast();
    const eventCpuUs = ((cpuMs() - beforeMs) * 1_000) / options.events;
    await session.close();
    return { eventCpuUs };
  },

  /** Heap of each connected session, in bytes. */
  async heap() {
    const connect = await clients[name].load();
    const more = options.more ? (await import('./observers.mjs'))[options.more] : undefined;
    const open = async (count) => {
      const sessions = [];
      for (let index = 0; index < count; index += 50) {
        const portion = Array.from({ length: Math.min(50, count - index) }, () =>
          more ? more(connect, port) : connect(port),
        );
        sessions.push(...(await Promise.all(portion)));
      }
      return sessions;
    };
    const kept = [await open(20)];
    const used = async () => {
      await settle();
      for (let index = 0; index < 4; index += 1) globalThis.gc();
      return process.memoryUsage().heapUsed;
    };
    const before = await used();
    kept.push(await open(options.sessions));
    const heapBytes = ((await used()) - before) / kept[1].length;
    return { heapBytes };
  },

  /** CPU to load the client's module. */
  async import() {
    await clients[name].load();
    return { importCpuMs: cpuMs() };
  },

  /** An empty process. */
  async nothing() {
    return { importCpuMs: cpuMs() };
  },
};

const figures = await parts[part]();
process.send({ figures }, () => process.exit());
