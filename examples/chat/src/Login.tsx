import { type FormEvent, useState } from 'react';
import { useChatSession } from 'sessionchart/react';
import { whyLoggedOut } from './words.ts';

export function Login() {
  const { status, error, lastUser, connectUser } = useChatSession();
  const [name, setName] = useState(lastUser?.name ?? '');

  const logIn = (event: FormEvent) => {
    event.preventDefault();
    connectUser({ id: idFor(name), name: name.trim() });
  };

  return (
    <main className="login">
      <form onSubmit={logIn}>
        <h1>Chat</h1>
        <p>One room for everyone here. Any name will do.</p>
        {status === 'signInAgain' && (
          <p className="notice" role="alert">
            Your session expired. Please log in again.
          </p>
        )}
        {status === 'loggedOut' && error && (
          <p className="notice" role="alert">
            {whyLoggedOut(error)}
          </p>
        )}
        <label>
          Your name
          <input
            value={name}
            dir="auto"
            onChange={(event) => setName(event.target.value)}
            autoComplete="username"
            maxLength={40}
            required
          />
        </label>
        <button type="submit" disabled={idFor(name) === '' || status === 'loggingOut'}>
          Log in
        </button>
      </form>
    </main>
  );
}

/** The development server admits any name; elsewhere the app's backend identifies its users. */
function idFor(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
}
