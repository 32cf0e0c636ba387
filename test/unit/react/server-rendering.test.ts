import { createElement, StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import {
  ChatSessionProvider,
  useChatEvent,
  useChatSession,
  useSessionCommands,
  useSessionMachine,
} from '../../../src/react/index.ts';

function Page() {
  const { status, user, can } = useChatSession();
  const chart = useSessionMachine(({ value }) => String(value));
  useSessionCommands();
  useChatEvent('message.new', () => {});
  return createElement('p', null, `${status} ${chart} ${user?.id ?? 'none'} ${can.connect}`);
}

it('F6, law 2: a server that renders opens nothing, asks nothing, and starts no timer', () => {
  const open = vi.fn();
  const ask = vi.fn();
  const listen = vi.fn();
  const options = {
    apiKey: 'key',
    WebSocket: class {
      constructor() {
        open();
      }
    } as never,
    fetch: ask as never,
    userRepository: { getCurrentUser: ask, setCurrentUser: ask, clearCurrentUser: ask },
    environment: { read: () => ({ online: true, foreground: true }), subscribe: listen },
    clock: { setTimeout: ask, clearTimeout: () => {}, now: () => 0 },
  };
  const setTimer = vi.spyOn(globalThis, 'setTimeout');
  const warn = vi.spyOn(console, 'error');
  for (const user of [undefined, null, { id: 'alice' }]) {
    const html = renderToString(
      createElement(
        StrictMode,
        null,
        createElement(ChatSessionProvider, { options, user, tokenProvider: ask }, createElement(Page)),
      ),
    );
    expect(html).toBe('<p>idle restoring none true</p>');
  }
  for (const effect of [open, ask, listen, setTimer, warn]) expect(effect).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});
