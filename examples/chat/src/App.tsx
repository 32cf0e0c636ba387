import { useSessionSelector } from 'sessionchart/react';
import { Chat } from './Chat.tsx';
import { useFocusAfterChange } from './focus.ts';
import { Login } from './Login.tsx';

/** Three pages, chosen by the session's status: not known yet, no user, a user. */
export function App() {
  const page = useSessionSelector(({ status, user }) => {
    if (status === 'idle' || status === 'restoring') return 'splash';
    return user === null || status === 'loggingOut' ? 'login' : user.id;
  });
  useFocusAfterChange(page === 'splash' ? null : page);
  if (page === 'splash') return <main className="splash" aria-busy="true" />;
  // Another user gets another chat: nothing on the page survives a switch.
  return page === 'login' ? <Login /> : <Chat key={page} />;
}
