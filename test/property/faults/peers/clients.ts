import { Centrifuge } from 'centrifuge';
import { StreamChat } from 'stream-chat';
import { WebSocket } from 'ws';
import { createChatClient } from '../../../../src/index.ts';
import { type Backend, centrifugeBackend, streamBackend } from './backends.ts';

/*
 * Three clients with their default settings, unmodified, each as its documentation has it.
 */

export interface PeerClient {
  /** Settles as the client's own call does, or when it is online where that has no call to await. */
  login(): Promise<unknown>;
  logout(): Promise<unknown>;
  /** Ends what a logout has left. */
  giveUp(): void;
}

export interface PeerOptions {
  readonly backend: Backend;
  readonly loadToken: () => Promise<string>;
  /** Called with each event that the app gets. */
  readonly onEvent: () => void;
}

interface Peer {
  readonly startBackend: () => Promise<Backend>;
  readonly createClient: (options: PeerOptions) => PeerClient;
}

export const PEERS: Readonly<Record<string, Peer>> = {
  sessionchart: {
    startBackend: streamBackend,
    createClient({ backend, loadToken, onEvent }) {
      const client = createChatClient({
        apiKey: 'dev-key',
        baseUrl: backend.url,
        WebSocket,
        tokenProvider: loadToken,
        onDiagnostic: () => undefined,
      });
      client.on('*', onEvent);
      return {
        login: () => client.connectUser({ id: 'alice' }).orThrow(),
        logout: () => client.disconnect().orThrow(),
        giveUp: () => void client.dispose(),
      };
    },
  },
  'stream-chat': {
    startBackend: streamBackend,
    createClient({ backend, loadToken, onEvent }) {
      const client = new StreamChat('dev-key', {
        baseURL: backend.url,
        allowServerSideConnect: true,
        logger: () => {},
      });
      client.on(({ type }) => {
        if (String(type) === 'proof.event') onEvent();
      });
      return {
        login: () => client.connectUser({ id: 'alice' }, loadToken),
        logout: () => client.disconnectUser(),
        giveUp: () => void client.wsConnection?.disconnect().catch(() => undefined),
      };
    },
  },
  centrifuge: {
    startBackend: centrifugeBackend,
    createClient({ backend, loadToken, onEvent }) {
      const client = new Centrifuge(backend.url, { websocket: WebSocket, getToken: loadToken });
      client.on('error', () => undefined);
      client.on('publication', onEvent);
      return {
        login() {
          client.connect();
          return client.ready();
        },
        async logout() {
          client.disconnect();
        },
        giveUp: () => client.disconnect(),
      };
    },
  },
};
