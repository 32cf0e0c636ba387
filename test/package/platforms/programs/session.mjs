/**
 * What the platform table is made of, on every platform alike: logs in with the class given, or the default one, receives a
 * message, and stays `online` until it was lost and came back `losses` times; then it ends.
 */
export async function live({ createChatClient, report, baseUrl, apiKey, token, own, losses, ending }) {
  const client = createChatClient({
    apiKey,
    baseUrl,
    ...(own && { WebSocket: globalThis.WebSocket }),
    tokenProvider: async () => token,
    ...(losses > 0 && { timing: FAST }),
  });
  let online = 0;
  const wasOnline = new Promise((resolve) => {
    let last = null;
    client.subscribe(({ connectionId }) => {
      if (connectionId === null || connectionId === last) return;
      last = connectionId;
      online += 1;
      report(`online ${online}`);
      if (online > losses) resolve();
    });
  });
  const message = new Promise((resolve) => client.on('message.new', resolve));
  const login = await client.connectUser({ id: 'alice' });
  if (!login.success) return report(`failed ${login.error.message}`);
  const body = { message: { text: 'Hello' } };
  await client.request('/channels/messaging/general/message', { method: 'POST', body });
  await message;
  await wasOnline;
  const ended = await client[ending]();
  report(ended.success ? 'ended' : `failed ${ended.error.message}`);
}

const FAST = {
  pingIntervalMs: 300,
  probeTimeoutMs: 200,
  backoffBaseMs: 50,
  backoffCapMs: 100,
  closeTimeoutMs: 200,
  stableAfterMs: 100,
};
