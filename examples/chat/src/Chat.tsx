import { type FormEvent, useEffect, useRef } from 'react';
import { useSessionCommands, useSessionStatus, useSessionUser } from 'sessionchart/react';
import { Banner } from './Banner.tsx';
import { leaveButton } from './focus.ts';
import { useKept } from './kept.ts';
import { type Message, useMessages } from './messages.ts';
import { useHasNetwork } from './network.ts';

export function Chat() {
  const { messages, send } = useMessages();
  return (
    <main className="chat">
      <Header />
      <Banner />
      <Messages messages={messages} onResend={({ text, id }) => send(text, id)} />
      <Composer onSend={send} />
    </main>
  );
}

function Header() {
  const user = useSessionUser();
  const status = useSessionStatus();
  const hasNetwork = useHasNetwork();
  const shown = status === 'online' && !hasNetwork ? 'offline' : status;
  const { disconnect } = useSessionCommands();
  return (
    <header>
      <h1>general</h1>
      <span className={shown === 'online' ? 'dot online' : 'dot'} title={shown} role="img" aria-label={shown} />
      <bdi className="me">{user?.name ?? user?.id}</bdi>
      <button type="button" onClick={() => disconnect()}>
        Log out
      </button>
    </header>
  );
}

function Messages({ messages, onResend }: { messages: readonly Message[]; onResend: (message: Message) => void }) {
  const me = useSessionUser();
  const hasNetwork = useHasNetwork();
  const end = useRef<HTMLLIElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it scrolls because a message came
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'end' });
  }, [messages.length]);
  return (
    <ol className="messages" aria-label="Messages" aria-live="polite">
      {messages.length === 0 && <li className="empty">No messages yet.</li>}
      {messages.map((message) => (
        <li key={message.id} className={message.user.id === me?.id ? 'own' : 'other'} tabIndex={-1}>
          <span className="by">
            {message.user.id !== me?.id && <bdi>{message.user.name ?? message.user.id}</bdi>}{' '}
            <time>{timeOf(message)}</time>
          </span>
          <span className={`text ${deliveryOf(message, hasNetwork)}`} dir="auto">
            {message.text}
          </span>
          {message.delivery === 'failed' && hasNetwork && (
            <button
              type="button"
              onClick={({ currentTarget }) => {
                leaveButton(currentTarget);
                onResend(message);
              }}
            >
              Not sent. Try again
            </button>
          )}
        </li>
      ))}
      <li ref={end} className="end" aria-hidden="true" />
    </ol>
  );
}

function Composer({ onSend }: { onSend: (text: string) => void }) {
  const me = useSessionUser();
  const [text, setText] = useKept(`draft:${me?.id}`, '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === '') return;
    onSend(text.trim());
    setText('');
  };
  return (
    <form className="composer" onSubmit={submit}>
      <input
        aria-label="Message"
        dir="auto"
        placeholder="Write a message"
        value={text}
        onChange={(event) => setText(event.target.value)}
        autoComplete="off"
      />
      <button type="submit" aria-disabled={text.trim() === '' || undefined}>
        Send
      </button>
    </form>
  );
}

/** What failed without a network is sent when it is back. */
function deliveryOf({ delivery }: Message, hasNetwork: boolean): string {
  return delivery === 'failed' && !hasNetwork ? 'sending' : (delivery ?? '');
}

function timeOf({ created_at }: Message): string {
  return new Date(created_at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
