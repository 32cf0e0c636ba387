import type { ChatClient, ChatEvent } from '../../../src/index.ts';
import { createStore, type Store } from '../ui/store.ts';

export interface Message {
  readonly id: string;
  readonly text: string;
  readonly userId: string;
  readonly at: string;
}

export interface ChatLog {
  readonly messages: Store<readonly Message[]>;
  /** Resolves with what went wrong, or `null`. */
  readonly send: (text: string) => Promise<string | null>;
}

const CHANNEL = '/channels/messaging/general';
const KEPT_MESSAGES = 100;

/** The one channel of every user, as this client receives it: past messages after each hello, then new ones. */
export function createChatLog(client: ChatClient): ChatLog {
  const messages = createStore<readonly Message[]>([]);

  function add(more: readonly Message[]): void {
    const known = new Set(messages.get().map(({ id }) => id));
    const fresh = more.filter(({ id }) => !known.has(id));
    if (fresh.length > 0) messages.set([...messages.get(), ...fresh].sort(byTime).slice(-KEPT_MESSAGES));
  }

  async function readPast(): Promise<void> {
    const result = await client.request(`${CHANNEL}/query`, { method: 'POST', body: { state: true } });
    // A session that ends meanwhile takes the response's body with it.
    const body = result.success ? await result.value.json().catch(() => null) : null;
    const { messages: past } = (body ?? {}) as { readonly messages?: readonly unknown[] };
    add((past ?? []).flatMap(readMessage));
  }

  client.on('message.new', (event: ChatEvent) => add(readMessage((event as { readonly message?: unknown }).message)));

  let before = client.getSnapshot();
  client.subscribe((snapshot) => {
    if (snapshot.user?.id !== before.user?.id && snapshot.user !== null) messages.set([]);
    if (snapshot.connectionId !== before.connectionId && snapshot.status === 'online') void readPast();
    before = snapshot;
  });

  return {
    messages,
    async send(text) {
      const result = await client.request(`${CHANNEL}/message`, { method: 'POST', body: { message: { text } } });
      return result.success ? null : result.error.message;
    },
  };
}

const byTime = (a: Message, b: Message) => a.at.localeCompare(b.at);

function readMessage(value: unknown): readonly Message[] {
  if (typeof value !== 'object' || value === null) return [];
  const { id, text, user, created_at: at } = value as Record<string, unknown>;
  const userId = (user as { readonly id?: unknown } | undefined)?.id;
  const isComplete = [id, text, userId, at].every((field) => typeof field === 'string');
  return isComplete ? [{ id, text, userId, at } as Message] : [];
}
