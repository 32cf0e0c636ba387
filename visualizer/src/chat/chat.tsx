import { type FormEvent, useId, useState } from 'react';
import type { Lab } from '../lab/client-bench.ts';
import { STATUS_WORDS } from '../session/status.ts';
import { useSnapshot } from '../session/use-snapshot.ts';
import { useAtEnd } from '../ui/at-end.ts';
import { Scroll } from '../ui/scroll.tsx';
import { useStore } from '../ui/store.ts';
import type { ChatLog } from './chat-log.ts';
import './chat.css';

interface Props {
  readonly panes: readonly { readonly lab: Lab; readonly log: ChatLog }[];
  readonly watched: string;
}

/** Two clients beside each other in one channel. */
export function Chat({ panes, watched }: Props) {
  return (
    <div className="chat">
      {panes.map(({ lab, log }) => (
        <ChatPane key={lab.id} lab={lab} log={log} isWatched={lab.id === watched} />
      ))}
    </div>
  );
}

function ChatPane({ lab, log, isWatched }: { readonly lab: Lab; readonly log: ChatLog; readonly isWatched: boolean }) {
  const { client, suggestedUserId } = lab;
  const { user, status } = useSnapshot(client);
  const messages = useStore(log.messages);
  const list = useAtEnd<HTMLElement>(messages);
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const titleId = useId();
  const isRunning = user !== null;

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (text.trim() === '') return;
    setText('');
    setProblem(await log.send(text));
  }

  return (
    <section className={isWatched ? 'pane watched' : 'pane'} aria-labelledby={titleId} data-pane={lab.id}>
      <header>
        <h3 id={titleId}>{user?.id ?? `Client ${lab.id}`}</h3>
        <span key={user?.id} className={`tone ${STATUS_WORDS[status].tone}`}>
          {STATUS_WORDS[status].short}
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
      <Scroll label={`Messages in client ${lab.id}`} className="messages" place={list}>
        <ol aria-live="polite">
          {messages.map(({ id, userId, text: said, at }) => (
            <li key={id} className={userId === user?.id ? 'own' : undefined}>
              <b>{userId}</b> <span>{said}</span> <time dateTime={at}>{new Date(at).toLocaleTimeString()}</time>
            </li>
          ))}
        </ol>
      </Scroll>
      <form onSubmit={submit}>
        <input
          value={text}
          aria-label={`Message from ${user?.id ?? 'nobody'}`}
          placeholder={problem ?? (isRunning ? 'Message' : 'Log in to write')}
          onChange={(event) => setText(event.target.value)}
          disabled={!isRunning}
        />
        <button type="submit" disabled={!isRunning || text.trim() === ''}>
          Send
        </button>
      </form>
      <p className="unseen" role="status">
        {problem}
      </p>
    </section>
  );
}
