import { type FormEvent, useId, useState } from 'react';
import type { ClientBench } from '../client-bench/client-bench.ts';
import { wordsFor } from '../session/status.ts';
import { useSnapshot } from '../session/use-snapshot.ts';
import { timeOfDay } from '../trace/format.ts';
import { useAtEnd } from '../ui/at-end.ts';
import { Scroll } from '../ui/scroll.tsx';
import { useStore } from '../ui/store.ts';
import type { ChatLog } from './chat-log.ts';
import './chat.css';

interface Props {
  readonly panes: readonly { readonly bench: ClientBench; readonly log: ChatLog }[];
  readonly watched: string;
}

/** Two clients in one channel, side by side. */
export function Chat({ panes, watched }: Props) {
  return (
    <div className="chat">
      {panes.map(({ bench, log }) => (
        <ChatPane key={bench.id} bench={bench} log={log} isWatched={bench.id === watched} />
      ))}
    </div>
  );
}

function ChatPane({
  bench,
  log,
  isWatched,
}: {
  readonly bench: ClientBench;
  readonly log: ChatLog;
  readonly isWatched: boolean;
}) {
  const { client, suggestedUserId } = bench;
  const snapshot = useSnapshot(client);
  const { user } = snapshot;
  const { tone, short } = wordsFor(snapshot);
  const messages = useStore(log.messages);
  const list = useAtEnd<HTMLElement>(messages);
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const titleId = useId();
  const isRunning = user !== null;

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!isRunning || text.trim() === '') return;
    setText('');
    setProblem(await log.send(text));
  }

  return (
    <section className={isWatched ? 'pane watched' : 'pane'} aria-labelledby={titleId} data-pane={bench.id}>
      <header>
        <h3 id={titleId}>{user?.id ?? `Client ${bench.id}`}</h3>
        <span key={user?.id} className={`tone ${tone}`}>
          {short}
        </span>
        {isRunning ? (
          <button type="button" onClick={() => void client.disconnect()}>
            Log out
          </button>
        ) : (
          <button type="button" onClick={() => void client.connectUser({ id: suggestedUserId })}>
            Log in as {suggestedUserId}
          </button>
        )}
      </header>
      <Scroll label={`Messages in client ${bench.id}`} className="messages" place={list}>
        <ol aria-live="polite">
          {messages.map(({ id, userId, text: words, at }) => (
            <li key={id} className={userId === user?.id ? 'own' : undefined}>
              <b dir="auto">{userId}</b> <span dir="auto">{words}</span>{' '}
              <time dateTime={at}>{timeOfDay(Date.parse(at))}</time>
            </li>
          ))}
        </ol>
      </Scroll>
      <form onSubmit={submit}>
        <input
          value={text}
          aria-label={`Message from ${user?.id ?? 'no user'}`}
          placeholder={problem ?? (isRunning ? 'Message' : 'Log in to write')}
          onChange={(event) => setText(event.target.value)}
          disabled={!isRunning}
        />
        <button type="submit" aria-disabled={!isRunning || text.trim() === '' || undefined}>
          Send
        </button>
      </form>
      <p className="unseen" role="status">
        {problem}
      </p>
    </section>
  );
}
