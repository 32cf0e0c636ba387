import { expect, it, onTestFinished, vi } from 'vitest';
import { render } from 'vitest-browser-react';
import { ClientDevtools, SessionDevtools } from '../../../../src/devtools/react.ts';
import { type ChatClient, createChatClient } from '../../../../src/index.ts';
import { SessionProvider } from '../../../../src/react/index.ts';
import { Backend } from '../../../../src/testing/index.ts';

function newClient(): ChatClient {
  const client = createChatClient(new Backend().options());
  onTestFinished(() => void client.dispose());
  return client;
}

it('the panel is that of the client and the theme of the newest render, and goes with its component', async () => {
  const [first, second] = [newClient(), newClient()];
  const { container, rerender } = await render(<ClientDevtools client={first} theme="dark" />);
  const panels = () => [...container.querySelectorAll<HTMLElement>('.sessionchart-devtools')];
  const shown = () =>
    panels().map(({ shadowRoot, style }) => [shadowRoot?.querySelector('strong')?.textContent, style.colorScheme]);
  expect(shown()).toEqual([['idle', 'dark']]);
  await first.dispose();
  await vi.waitFor(() => expect(shown()).toEqual([['disposed', 'dark']]));
  await rerender(<ClientDevtools client={second} theme="dark" />);
  expect(shown()).toEqual([['idle', 'dark']]);
  await rerender(<ClientDevtools client={second} theme="light" />);
  expect(shown()).toEqual([['idle', 'light']]);
  await rerender(
    <SessionProvider client={first}>
      <SessionDevtools theme="dark" />
    </SessionProvider>,
  );
  expect(shown()).toEqual([['disposed', 'dark']]);
  await rerender(<p />);
  expect(panels()).toEqual([]);
});
