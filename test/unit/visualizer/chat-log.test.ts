import { expect, it } from 'vitest';
import { createChatLog } from '../../../visualizer/src/chat/chat-log.ts';
import { startWorld } from '../../kit/world.ts';

it('a logout while past messages are read leaves no rejection, and those of the next login are shown', async () => {
  const { server, client } = await startWorld();
  const unread: AbortSignal[] = [];
  const alice = client({
    async fetch(input, init) {
      const response = await fetch(input, init);
      if (!String(input).includes('/query') || unread.length > 0) return response;
      const { signal } = init as { readonly signal: AbortSignal };
      unread.push(signal);
      const start = (stream: ReadableStreamDefaultController) =>
        signal.addEventListener('abort', () => stream.error(signal.reason));
      return new Response(new ReadableStream({ start }));
    },
  });
  const { messages, send } = createChatLog(alice);
  await alice.connectUser({ id: 'alice' }).orThrow();
  expect(await send('Hello')).toBeNull();
  await expect.poll(() => unread).toHaveLength(1);
  // Vitest fails a file with an unhandled rejection.
  await alice.disconnect().orThrow();
  expect(unread[0]?.aborted).toBe(true);
  await alice.connectUser({ id: 'alice' }).orThrow();
  await expect.poll(() => messages.get().map(({ text }) => text)).toEqual(['Hello']);
  expect(server.counts('alice').opened).toBe(2);
});
