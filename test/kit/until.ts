import type { ChatClient, ClientSnapshot, Status } from '../../src/index.ts';

/** Resolves with the first snapshot that fits, the present one included; rejects with what there is after `timeoutMs`. */
export function until(
  client: ChatClient,
  fits: Status | ((snapshot: ClientSnapshot) => boolean),
  timeoutMs = 60_000,
): Promise<ClientSnapshot> {
  const isFit = typeof fits === 'string' ? (snapshot: ClientSnapshot) => snapshot.status === fits : fits;
  return new Promise((resolve, reject) => {
    const finish = () => {
      clearTimeout(timer);
      stop();
    };
    const look = (snapshot: ClientSnapshot) => {
      if (!isFit(snapshot)) return;
      finish();
      resolve(snapshot);
    };
    const stop = client.subscribe(look);
    const timer = setTimeout(() => {
      finish();
      const snapshot = client.getSnapshot();
      const where = `it stays in ${snapshot.state} (${snapshot.reason})`;
      reject(new Error(`${where}, not ${fits} within ${timeoutMs} ms: ${JSON.stringify(snapshot)}`));
    }, timeoutMs);
    look(client.getSnapshot());
  });
}
