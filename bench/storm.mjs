// A storm: every client loses its socket at the same moment, the server is away for a while and then accepts a limited
// number of connections a second; the others are refused at once. The waits are drawn by the code that is shipped.

/**
 * @param {object} storm
 * @param {number} storm.clients
 * @param {number} storm.outageMs
 * @param {number} storm.acceptsPerSecond
 * @param {(failedAttempts: number, random: number, retryAfterMs: number) => { delayMs: number, random: number }} storm.wait
 * The wait before the next attempt.
 * @param {number} [storm.retryAfterMs] What the close of the sockets asks clients to wait, as for a restart (1012).
 */
export function simulateStorm({ clients, outageMs, acceptsPerSecond, wait, retryAfterMs = 0 }) {
  // One bucket a millisecond of simulated time, as linked lists in typed arrays: a million clients fit.
  const horizonMs = outageMs + 600_000;
  const first = new Int32Array(horizonMs + 1).fill(-1);
  const next = new Int32Array(clients).fill(-1);
  const failed = new Uint16Array(clients);
  const random = new Int32Array(clients);
  const schedule = (client, atMs) => {
    const bucket = Math.min(Math.floor(atMs), horizonMs);
    next[client] = first[bucket];
    first[bucket] = client;
  };
  let firstWaits = 0;
  for (let client = 0; client < clients; client += 1) {
    random[client] = Math.imul(client + 1, 0x9e3779b1);
    failed[client] = 1;
    const drawn = wait(1, random[client], retryAfterMs);
    random[client] = drawn.random;
    firstWaits += drawn.delayMs;
    schedule(client, drawn.delayMs);
  }

  const perSecond = new Map();
  const backAtMs = [];
  let attempts = 0;
  let accepted = 0;
  for (let nowMs = 0; nowMs <= horizonMs && backAtMs.length < clients; nowMs += 1) {
    if (nowMs % 1_000 === 0) accepted = 0;
    for (let client = first[nowMs]; client !== -1; ) {
      const following = next[client];
      attempts += 1;
      if (nowMs >= outageMs) {
        const second = Math.floor((nowMs - outageMs) / 1_000);
        perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
      }
      if (nowMs >= outageMs && accepted < acceptsPerSecond) {
        accepted += 1;
        backAtMs.push(nowMs - outageMs);
      } else {
        failed[client] += 1;
        const drawn = wait(failed[client], random[client], 0);
        random[client] = drawn.random;
        schedule(client, nowMs + Math.max(1, drawn.delayMs));
      }
      client = following;
    }
  }
  const share = (part) => backAtMs[Math.min(backAtMs.length - 1, Math.ceil(clients * part) - 1)] / 1_000;
  return {
    peakPerSecond: Math.max(...perSecond.values()),
    backS: { half: share(0.5), most: share(0.95), nearlyAll: share(0.99) },
    attempts,
    meanFirstWaitS: firstWaits / clients / 1_000,
    lost: clients - backAtMs.length,
  };
}
