import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ChatSessionProvider } from 'sessionchart/react';
import { App } from './App.tsx';
import { loadToken, options } from './backend.ts';
import './styles.css';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no #root.');

createRoot(root).render(
  <StrictMode>
    {/* No `user`: not known yet. A stored user is restored; otherwise the form logs in. */}
    <ChatSessionProvider options={options} tokenProvider={loadToken}>
      <App />
    </ChatSessionProvider>
  </StrictMode>,
);
