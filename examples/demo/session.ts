import { type ChatClient, createChatClient, type Result, type User } from '../../src/index.ts';
import { fileRepository, studio, WebSocket } from '../../src/node.ts';
import type { Order, Report, Setup } from './messages.ts';

/*
 * The process with the session: the smallest app there is. It carries out orders, and reports what happens.
 */

const send = (report: Report) => process.send?.(report);

process.once('message', (setup: Setup) => {
  const client = createClient(setup);
  const handle = (order: Order) => {
    if (order.call === 'leave') leave();
    else carryOut(client, order).catch(reportFailure(order));
  };
  // When the demo's process is gone, the session ends, too.
  const stop = () => void client.dispose();
  const leave = () => {
    process.off('disconnect', stop);
    process.disconnect();
  };
  process.on('message', handle);
  process.once('disconnect', stop);
});

function createClient({ apiKey, baseUrl, userFile, studioUrl }: Setup): ChatClient {
  let event = '';
  let state = '';
  const show = studioUrl === null ? null : studio({ url: studioUrl, name: `demo ${process.pid}` });
  const client = createChatClient({
    apiKey,
    baseUrl,
    WebSocket,
    // Shorter waits than an app's, so that the demo stays short.
    timing: { backoffBaseMs: 1_000 },
    userRepository: fileRepository(userFile, { apiKey }),
    tokenProvider: async (user: User, { signal }) => {
      const response = await fetch(`${baseUrl}/dev/token?user_id=${encodeURIComponent(user.id)}`, { signal });
      if (!response.ok) throw new Error(`The token endpoint responded with ${response.status}.`);
      return ((await response.json()) as { readonly token: string }).token;
    },
    onDiagnostic: ({ source, failure }) => send({ type: 'diagnostic', source, message: failure.message }),
    inspect: (inspection) => {
      show?.(inspection);
      const isOfChart = inspection.type === '@xstate.microstep' && inspection.actorRef.sessionId === inspection.rootId;
      if (isOfChart) event = inspection.event.type;
    },
  });
  client.subscribe((snapshot) => {
    if (snapshot.state === state) return;
    state = snapshot.state;
    send({
      type: 'state',
      state,
      event: event.startsWith('xstate.') ? '' : event,
      failure: snapshot.error === null ? null : { code: snapshot.error.code, message: snapshot.error.message },
      atMs: Date.now(),
      nextAttemptAtMs: snapshot.nextAttemptAt,
    });
  });
  let storedUserId: string | null = null;
  client.actor.subscribe(({ context }) => {
    if (context.storage.userId === storedUserId) return;
    storedUserId = context.storage.userId;
    send({ type: 'stored', userId: storedUserId });
  });
  client.on('message.new', ({ message }) => {
    send({ type: 'chat', text: (message as { readonly text: string }).text, atMs: Date.now() });
  });
  return client;
}

async function carryOut(client: ChatClient, order: Exclude<Order, { call: 'leave' }>): Promise<void> {
  const { call } = order;
  const report = <Value>(result: Result<Value>, userIdOf: (value: Value) => string | null) => {
    if (result.success) send({ type: 'succeeded', call, userId: userIdOf(result.value) });
    else reportFailure(order)(result.error);
  };
  switch (order.call) {
    case 'restore':
      return report(await client.restore(), (user) => user?.id ?? null);
    case 'connectUser':
      return report(await client.connectUser({ id: order.userId, name: order.name }), ({ user }) => user.id);
    case 'request':
      return report(await client.request(order.path, { method: 'POST', body: order.body }), () => null);
    case 'disconnect':
      return report(await client.disconnect(), () => null);
  }
}

function reportFailure({ call }: Order): (error: Error & { readonly code?: string; readonly remedy?: string }) => void {
  return ({ code = 'internal', message, remedy = '' }) => send({ type: 'failed', call, code, message, remedy });
}
