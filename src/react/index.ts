/*
 * sessionchart/react: one session for a tree of components. A provider that logs in as its props ask, and hooks that
 * render again only for what they read.
 */
export { ChatSessionProvider, type ChatSessionProviderProps } from './chat-provider.tsx';
export type { SessionCommands } from './commands.ts';
export {
  type ChatSession,
  useChatEvent,
  useChatSession,
  useSessionClient,
  useSessionCommands,
  useSessionMachine,
  useSessionSelector,
  useSessionStatus,
  useSessionUser,
} from './hooks.ts';
export { SessionProvider, type SessionProviderProps } from './provider.tsx';
export type { WantedUser } from './session-store.ts';
