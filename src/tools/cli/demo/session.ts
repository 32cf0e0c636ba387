import { type ChatClient, createChatClient, type Result, type User } from '../../../index.ts';
import { fileRepository, studio, WebSocket } from '../../../node.ts';
import type { Order, Report, Setup } from './messages.ts';

/*
 * The process with the session: an app as small as one can be. It does what it is told, and tells what happens.
 */

const tell = (report: Report) => process.send?.(report);

process.once('message', (setup: Setup) => {
  const client = createClient(setup);
  const obey = (order: Order) => {
    if (order.call === 'leave') leave();
    else carryOut(client, order).catch(tellFailure(order));
  };
  // When the demo is gone, so is this.
  const stop = () => void client.dispose();
  const leave = () => {
    process.off('disconnect', stop);
    process.disconnect();
  };
  process.on('message', obey);
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
    userRepository: fileRepository(userFile, { apiKey }),
    tokenProvider: async (user: User, { signal }) => {
      const response = await fetch(`${baseUrl}/dev/token?user_id=${encodeURIComponent(user.id)}`, { signal });
      if (!response.ok) throw new Error(`The token endpoint answered ${response.status}.`);
      return ((await response.json()) as { readonly token: string }).token;
    },
    onDiagnostic: ({ source, failure }) => tell({ type: 'diagnostic', source, message: failure.message }),
    inspect: (inspection) => {
      show?.(inspection);
      const isOfChart = inspection.type === '@xstate.microstep' && inspection.actorRef.sessionId === inspection.rootId;
      if (isOfChart) event = inspection.event.type;
    },
  });
  client.subscribe((snapshot) => {
    if (snapshot.state === state) return;
    state = snapshot.state;
    tell({
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
    tell({ type: 'stored', userId: storedUserId });
  });
  client.on('message.new', ({ message }) => {
    tell({ type: 'chat', text: (message as { readonly text: string }).text, atMs: Date.now() });
  });
  return client;
}

async function carryOut(client: ChatClient, order: Exclude<Order, { call: 'leave' }>): Promise<void> {
  const { call } = order;
  const answer = <Value>(result: Result<Value>, userIdOf: (value: Value) => string | null) => {
    if (result.success) tell({ type: 'answer', call, userId: userIdOf(result.value) });
    else tellFailure(order)(result.error);
  };
  switch (order.call) {
    case 'restore':
      return answer(await client.restore(), (user) => user?.id ?? null);
    case 'connectUser':
      return answer(await client.connectUser({ id: order.userId, name: order.name }), ({ user }) => user.id);
    case 'request':
      return answer(await client.request(order.path, { method: 'POST', body: order.body }), () => null);
    case 'disconnect':
      return answer(await client.disconnect(), () => null);
  }
}

function tellFailure({ call }: Order): (error: Error & { readonly code?: string; readonly remedy?: string }) => void {
  return ({ code = 'internal', message, remedy = '' }) => tell({ type: 'failed', call, code, message, remedy });
}
