import { Activity } from 'react';
import { expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-react';
import { memoryRepository } from '../../../src/index.ts';
import { ChatSessionProvider, useChatEvent, useSessionStatus } from '../../../src/react/index.ts';
import { countsOf, newUser, options, say, tokenFor, untilCounted } from './dev-server.ts';

function Listener({ onText }: { onText: (text: string) => void }) {
  useChatEvent('message.new', ({ message }) => onText((message as { text: string }).text));
  return <output>{useSessionStatus()}</output>;
}

it('hidden by <Activity> the session ends and the user stays stored; shown again it is restored, and events are heard', async () => {
  const alice = newUser('alice');
  const userRepository = memoryRepository();
  await userRepository.setCurrentUser(alice);
  const heard: string[] = [];
  const app = (mode: 'visible' | 'hidden') => (
    <Activity mode={mode}>
      <ChatSessionProvider options={{ ...options, userRepository }} tokenProvider={tokenFor}>
        <Listener onText={(text) => heard.push(text)} />
      </ChatSessionProvider>
    </Activity>
  );
  const screen = await render(app('visible'));
  await expect.element(screen.getByRole('status')).toHaveTextContent('online');

  await screen.rerender(app('hidden'));
  await untilCounted(alice, { opened: 1, openNow: 0 });

  await screen.rerender(app('visible'));
  await expect.element(screen.getByRole('status')).toHaveTextContent('online');
  expect(await countsOf(alice)).toMatchObject({ opened: 2, openNow: 1, highestOpen: 1 });
  await say(alice, 'welcome back');
  await vi.waitFor(() => expect(heard).toEqual(['welcome back']));
});
