import {
  browserEnvironment,
  type ChatClient,
  createChatClient,
  type Diagnostic,
  type JournalRecorder,
  recordJournal,
  storageRepository,
  type Timing,
  type TokenRequest,
  type User,
} from '../../../src/index.ts';
import { keepOnLeave, readKept } from '../trace/keep.ts';
import { createRecorder, type Recorder } from '../trace/recorder.ts';
import { createStore, type Store } from '../ui/store.ts';
import { ALL_WELL, breakableRepository, type Conditions, switchableEnvironment } from './conditions.ts';
import { tracedFetch, tracedWebSocket } from './traced-network.ts';

/** Where the page's backend is. */
export interface Backend {
  readonly url: string;
  readonly apiKey: string;
}

/** A real client with everything around it that the page can switch, and a record of what it does. */
export interface ClientBench {
  readonly id: string;
  readonly suggestedUserId: string;
  readonly client: ChatClient;
  readonly recorder: Recorder;
  readonly journal: JournalRecorder;
  readonly conditions: Store<Conditions>;
  readonly diagnostics: Store<readonly Warning[]>;
  /** The server was made to send nothing on the open socket, which looks healthy until it is probed. */
  readonly silenced: Store<boolean>;
  /** A token by the development server, for logging in with a token that cannot be renewed. */
  readonly fetchToken: (userId: string, ttlSeconds?: number) => Promise<string>;
}

export interface Warning {
  readonly atMs: number;
  readonly diagnostic: Diagnostic;
}

export interface ClientBenchOptions {
  readonly id: string;
  readonly suggestedUserId: string;
  readonly backend: Backend;
  readonly timing: Partial<Timing>;
}

const KEPT_DIAGNOSTICS = 20;

export function createClientBench({ id, suggestedUserId, backend, timing }: ClientBenchOptions): ClientBench {
  const historyKey = `sessionchart:studio:history:${id}`;
  const recorder = createRecorder(Date.now, readKept(historyKey, Date.now()));
  keepOnLeave(historyKey, recorder.log.get);
  const conditions = createStore(ALL_WELL);
  const diagnostics = createStore<readonly Warning[]>([]);
  const silenced = createStore(false);
  const fetch = tracedFetch(recorder);

  async function fetchToken(userId: string, ttlSeconds?: number, signal?: AbortSignal): Promise<string> {
    const query = new URLSearchParams({
      user_id: userId,
      ...(ttlSeconds !== undefined && { ttl: String(ttlSeconds) }),
    });
    const response = await fetch(`${backend.url}/dev/token?${query}`, { signal: signal ?? null });
    if (!response.ok) throw new Error(`The token endpoint answered ${response.status}.`);
    const { token } = (await response.json()) as { readonly token: string };
    return token;
  }

  async function tokenProvider(user: User, { signal }: TokenRequest): Promise<string> {
    const mode = conditions.get().tokens;
    if (mode === 'fails') throw new Error('The token source is off on this page.');
    if (mode === 'hangs') return new Promise(() => {});
    return fetchToken(mode === 'otherUser' ? `not-${user.id}` : user.id, undefined, signal);
  }

  const { apiKey } = backend;
  const client = createChatClient({
    apiKey,
    baseUrl: backend.url,
    tokenProvider,
    userRepository: breakableRepository(
      storageRepository(() => localStorage, { apiKey, key: `sessionchart:studio:${id}` }),
      conditions,
    ),
    environment: switchableEnvironment(browserEnvironment(), conditions),
    WebSocket: tracedWebSocket(recorder),
    fetch,
    timing,
    inspect: recorder.inspect,
    onDiagnostic: (diagnostic) =>
      diagnostics.set([{ atMs: Date.now(), diagnostic }, ...diagnostics.get()].slice(0, KEPT_DIAGNOSTICS)),
  });
  let connectionId: string | null = null;
  client.subscribe((snapshot) => {
    if (snapshot.connectionId !== connectionId) silenced.set(false);
    ({ connectionId } = snapshot);
  });
  const journal = recordJournal(client, { limit: 5_000 });
  return { id, suggestedUserId, client, recorder, journal, conditions, diagnostics, silenced, fetchToken };
}
