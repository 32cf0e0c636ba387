import { useCallback, useEffect, useRef, useState } from 'react';
import { useChatEvent, useSessionCommands, useSessionSelector, useSessionUser } from 'sessionchart/react';
import { CHANNEL } from './backend.ts';
import { useKept } from './kept.ts';
import { useHasNetwork } from './network.ts';

export interface Message {
  readonly id: string;
  readonly text: string;
  readonly user: { readonly id: string; readonly name?: string };
  readonly created_at: string;
  /** Own messages on their way; what the server has is `undefined`. */
  readonly delivery?: 'sending' | 'failed';
}

declare module 'sessionchart' {
  interface ChatEvents {
    'message.new': { readonly cid: string; readonly message: Message };
  }
}

/** The messages of the room: those of before, read anew after every connect, and those that come. */
export function useMessages() {
  const me = useSessionUser();
  const [unsent, keepUnsent] = useKept<readonly Message[]>(`unsent:${me?.id}`, []);
  const [messages, setMessages] = useState(unsent);
  const connectionId = useSessionSelector((session) => session.connectionId);
  const hasNetwork = useHasNetwork();
  const { request } = useSessionCommands();

  useChatEvent('message.new', ({ message }) => setMessages((known) => merge(known, [message])));

  useEffect(() => {
    if (connectionId === null) return;
    request(`${CHANNEL}/query`, { method: 'POST', body: {} }).enqueue(async (result) => {
      // A session that ends meanwhile takes the response's body with it.
      const body = result.success ? await result.value.json().catch(() => null) : null;
      const { messages: past } = (body ?? { messages: [] }) as { messages: readonly Message[] };
      setMessages((known) => merge(known, past));
    });
  }, [connectionId, request]);

  /** Waits for a connection where there is none. The id makes it one message, however often it is sent. */
  const send = useCallback(
    (text: string, knownId?: string) => {
      if (me === null) return;
      const id = knownId ?? newId(me.id);
      const draft: Message = { id, text, user: me, created_at: new Date().toISOString(), delivery: 'sending' };
      setMessages((known) => merge(known, [draft]));
      request(`${CHANNEL}/message`, { method: 'POST', body: { message: { id, text } } }).enqueue((result) => {
        const outcome: Message = result.success ? { ...draft, delivery: undefined } : { ...draft, delivery: 'failed' };
        setMessages((known) => merge(known, [outcome]));
      });
    },
    [me, request],
  );

  useEffect(() => {
    const drafts = messages.filter(({ delivery }) => delivery !== undefined);
    keepUnsent(drafts.map((draft) => ({ ...draft, delivery: 'failed' })));
  }, [messages, keepUnsent]);

  // What was written while the network was going away, or before a reload, is sent when the session is back.
  const failed = useRef<readonly Message[]>([]);
  failed.current = messages.filter(({ delivery }) => delivery === 'failed');
  useEffect(() => {
    const resend = () => {
      for (const { text, id } of failed.current) send(text, id);
    };
    if (connectionId !== null && hasNetwork) resend();
  }, [connectionId, hasNetwork, send]);

  return { messages, send };
}

/** Unique without `crypto.randomUUID`, which pages that were not loaded over https do not have. */
function newId(userId: string): string {
  return `${userId}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
}

/** One message for each id, the server's before the own draft, in the order of time. */
function merge(known: readonly Message[], news: readonly Message[]): readonly Message[] {
  const byId = new Map(known.map((message) => [message.id, message]));
  for (const message of news) {
    const before = byId.get(message.id);
    const isDelivered = before !== undefined && before.delivery === undefined;
    if (!(isDelivered && message.delivery !== undefined)) byId.set(message.id, message);
  }
  return [...byId.values()].sort((a, b) => a.created_at.localeCompare(b.created_at));
}
