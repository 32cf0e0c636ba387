import type { ChatClientOptions } from '../client/options.ts';
import type { Clock } from '../clock.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { Environment, EnvironmentChange } from '../environment/environment.ts';
import type { UserRepository } from '../repository/repository.ts';
import type { TokenRequest } from '../token/source.ts';
import type { User } from '../user.ts';
import { BackendSocket, type ConnectRequest, type ServerEnd } from './backend-socket.ts';
import { VirtualClock } from './virtual-clock.ts';

/*
 * A backend in memory, on a virtual clock: a server, a token endpoint, a disk and a device, each of which can be made to
 * fail. The client on it is the real one, with its real actors; the same seed and the same calls give the same run.
 */

/** How the server meets the next connects, until it is changed. */
export type Welcome =
  | { readonly kind: 'hello' }
  /** The socket opens and nothing comes. */
  | { readonly kind: 'silence' }
  /** The socket never opens: its connection is refused. */
  | { readonly kind: 'refuse' }
  | { readonly kind: 'error'; readonly code: number; readonly retryAfterSeconds?: number; readonly message?: string }
  | { readonly kind: 'close'; readonly code: number }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'helloFor'; readonly userId: string };

export type DiskFault = 'none' | 'throws' | 'hangs';
export type ProviderFault = 'none' | 'throws' | 'hangs' | 'empty' | 'othersToken' | 'sameToken';

/** Something the backend did or saw, with the time. */
export interface BackendEvent {
  readonly atMs: number;
  readonly type: 'opened' | 'gone' | 'hello' | 'token' | 'stored' | 'cleared';
  readonly userId: string;
}

const LATENCY_MS = 1;

export class Backend implements ServerEnd {
  readonly clock = new VirtualClock();
  readonly diagnostics: Diagnostic[] = [];
  readonly log: BackendEvent[] = [];
  readonly sockets = new Set<BackendSocket>();
  readonly requests: ConnectRequest[] = [];
  /** The highest number of sockets that were open, opening or closing at once. */
  highestOpen = 0;

  welcome: Welcome = { kind: 'hello' };
  answersClose = true;
  answersPings = true;
  disk: Record<'load' | 'save' | 'clear', DiskFault> = { load: 'none', save: 'none', clear: 'none' };
  provider: ProviderFault = 'none';
  /** Tokens issued up to this one are refused with 40. */
  revokedUpTo = 0;

  #stored: User | null = null;
  /** How many processes have died. */
  #process = 0;
  #issued = 0;
  #connections = 0;
  readonly #hanging = new Set<() => void>();
  readonly #watchers = new Set<(user: User | null) => void>();
  readonly #listeners = new Set<(change: EnvironmentChange) => void>();
  readonly #loads = new Set<AbortSignal>();
  readonly #timers = new Set<unknown>();
  #reading = { online: true, foreground: true };

  constructor(stored: User | null = null) {
    this.#stored = stored;
  }

  // What an observer can see

  get stored(): User | null {
    return this.#stored;
  }

  get openNow(): number {
    return this.sockets.size;
  }

  /** Listeners to the device and to storage that are still there. */
  get listeners(): number {
    return this.#listeners.size + this.#watchers.size;
  }

  /** Timers of the client that run; what is on its way over the network is not among them. */
  get clientTimers(): number {
    return this.#timers.size;
  }

  /** Provider calls that nobody has answered or aborted. */
  get pendingLoads(): number {
    return [...this.#loads].filter(({ aborted }) => !aborted).length;
  }

  // What a client is built with

  options(): ChatClientOptions {
    const backend = this;
    return {
      apiKey: 'key',
      baseUrl: 'http://backend.test',
      seed: 1,
      clock: this.#clientClock(),
      WebSocket: class {
        constructor(url: string) {
          // biome-ignore lint/correctness/noConstructorReturn: the client asks for a class, the socket is made here
          return backend.#open(url);
        }
      } as unknown as NonNullable<ChatClientOptions['WebSocket']>,
      fetch: (input, init) => this.#answer(String(input), init),
      tokenProvider: (user, request) => this.#load(user, request),
      userRepository: this.repository(),
      environment: this.environment(),
      onDiagnostic: (diagnostic) => this.diagnostics.push(diagnostic),
    };
  }

  /** The virtual clock, counting the timers that run. */
  #clientClock(): Clock {
    return {
      now: () => this.clock.now(),
      setTimeout: (callback, delayMs) => {
        const handle = this.clock.setTimeout(() => {
          this.#timers.delete(handle);
          callback();
        }, delayMs);
        this.#timers.add(handle);
        return handle;
      },
      clearTimeout: (handle) => {
        this.#timers.delete(handle);
        this.clock.clearTimeout(handle);
      },
    };
  }

  /** A token for `userId`. Not signed: this backend believes what it issued. */
  issue(userId: string): string {
    this.#issued += 1;
    const part = (value: object) =>
      btoa(JSON.stringify(value)).replace(/=+$/, '').replace(/\+/g, '-').replace(/\//g, '_');
    return `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ user_id: userId, n: this.#issued })}.c2ln`;
  }

  /** The disk, as the process that runs now sees it. */
  repository(): UserRepository {
    const process = this.#process;
    const onDisk = <Value>(work: 'load' | 'save' | 'clear', act: () => Value) =>
      process === this.#process ? this.#onDisk(work, act) : new Promise<Value>(() => {});
    return {
      getCurrentUser: () => onDisk('load', () => this.#stored),
      setCurrentUser: (user) =>
        onDisk('save', () => {
          this.#stored = user;
          this.#note('stored', user.id);
        }),
      clearCurrentUser: () =>
        onDisk('clear', () => {
          this.#note('cleared', this.#stored?.id ?? '');
          this.#stored = null;
        }),
      subscribe: (listener) => {
        const own = (user: User | null) => listener(user);
        this.#watchers.add(own);
        return () => this.#watchers.delete(own);
      },
    };
  }

  environment(): Environment {
    return {
      read: () => ({ ...this.#reading }),
      subscribe: (listener) => {
        const own = (change: EnvironmentChange) => listener(change);
        this.#listeners.add(own);
        return () => this.#listeners.delete(own);
      },
    };
  }

  // What a test makes happen

  change(change: EnvironmentChange): void {
    if (change === 'online' || change === 'offline') this.#reading = { ...this.#reading, online: change === 'online' };
    if (change === 'foreground' || change === 'background') {
      this.#reading = { ...this.#reading, foreground: change === 'foreground' };
    }
    for (const listener of [...this.#listeners]) listener(change);
  }

  /** Another tab stores `user`, or removes whoever is stored. */
  storeElsewhere(user: User | null): void {
    this.#stored = user;
    for (const watcher of [...this.#watchers]) watcher(user);
  }

  /** Whatever hangs on disk or at the token endpoint goes on now. */
  unhang(): void {
    const hanging = [...this.#hanging];
    this.#hanging.clear();
    for (const goOn of hanging) goOn();
  }

  /** Every token that was issued so far is refused from now on, with 40. */
  revoke(): void {
    this.revokedUpTo = this.#issued;
  }

  /** The client's process died: its sockets break, and what it had under way on disk and at the token endpoint is gone. */
  kill(): void {
    this.#process += 1;
    for (const socket of [...this.sockets]) socket.terminate();
    this.#hanging.clear();
    this.#loads.clear();
    this.#watchers.clear();
    this.#listeners.clear();
    for (const handle of [...this.#timers]) this.clock.clearTimeout(handle);
    this.#timers.clear();
  }

  /** Sends a frame on every socket that had its hello. */
  push(frame: object): void {
    for (const socket of this.sockets) if (socket.isGreeted) socket.push(frame);
  }

  sendError(code: number, more: object = {}): void {
    for (const socket of this.sockets) socket.push(errorFrame(code, more));
  }

  /** Every socket is cut or closed. */
  closeSockets(code = 1006): void {
    for (const socket of [...this.sockets]) socket.end(code);
  }

  /** Every fault is over. */
  heal(): void {
    this.welcome = { kind: 'hello' };
    this.answersClose = true;
    this.answersPings = true;
    this.disk = { load: 'none', save: 'none', clear: 'none' };
    this.provider = 'none';
    this.unhang();
    if (!this.#reading.online) this.change('online');
    if (!this.#reading.foreground) this.change('foreground');
  }

  // The server's end of sockets

  opened(socket: BackendSocket): void {
    const { welcome } = this;
    if (welcome.kind === 'refuse') return socket.end(1006, true);
    socket.accept();
    const { authType, token, userId } = socket.request;
    if (authType !== 'anonymous' && (payloadOf(token).n ?? 0) <= this.revokedUpTo) return this.#refuse(socket, 40);
    switch (welcome.kind) {
      case 'hello':
        return this.#greet(socket, authType === 'anonymous' ? '!anon' : userId);
      case 'helloFor':
        return this.#greet(socket, welcome.userId);
      case 'error': {
        const { code, retryAfterSeconds, message } = welcome;
        return this.#refuse(socket, code, {
          ...(retryAfterSeconds !== undefined && { retry_after: retryAfterSeconds }),
          ...(message !== undefined && { message }),
        });
      }
      case 'close':
        return socket.end(welcome.code);
      case 'text':
        return socket.push(welcome.text);
      case 'silence':
        return;
    }
  }

  received(socket: BackendSocket, data: string): void {
    if (this.answersPings && data.includes('health.check')) {
      socket.push({ type: 'health.check', connection_id: 'same' });
    }
  }

  closing(): boolean {
    return this.answersClose;
  }

  closed(socket: BackendSocket): void {
    this.sockets.delete(socket);
    this.#note('gone', socket.request.userId);
  }

  #open(url: string): BackendSocket {
    const socket = new BackendSocket(url, this, this.clock, LATENCY_MS);
    this.sockets.add(socket);
    this.requests.push(socket.request);
    this.highestOpen = Math.max(this.highestOpen, this.sockets.size);
    this.#note('opened', socket.request.userId);
    return socket;
  }

  #greet(socket: BackendSocket, userId: string): void {
    this.#connections += 1;
    socket.isGreeted = true;
    const time = new Date(this.clock.now()).toISOString();
    socket.push({
      type: 'health.check',
      connection_id: `connection-${this.#connections}`,
      cid: '*',
      me: { id: userId, role: 'user', created_at: time, updated_at: time },
      created_at: time,
    });
    this.#note('hello', userId);
  }

  #refuse(socket: BackendSocket, code: number, more: object = {}): void {
    socket.push(errorFrame(code, more));
  }

  // The token endpoint, the disk, and HTTP

  #load(user: User, { signal }: TokenRequest): string | Promise<string> {
    this.#note('token', user.id);
    switch (this.provider) {
      case 'throws':
        throw new Error('The token endpoint is down.');
      case 'hangs':
        this.#loads.add(signal);
        return new Promise((resolve) => {
          this.#hanging.add(() => {
            this.#loads.delete(signal);
            resolve(this.issue(user.id));
          });
        });
      case 'empty':
        return '';
      case 'othersToken':
        return this.issue(`not-${user.id}`);
      case 'sameToken':
        this.#issued -= this.#issued > 0 ? 1 : 0;
        return Promise.resolve(this.issue(user.id));
      default:
        return Promise.resolve(this.issue(user.id));
    }
  }

  #onDisk<Value>(work: 'load' | 'save' | 'clear', act: () => Value): Value | Promise<Value> {
    switch (this.disk[work]) {
      case 'throws':
        throw new Error(`The disk cannot ${work}.`);
      case 'hangs':
        return new Promise((resolve) => {
          this.#hanging.add(() => resolve(act()));
        });
      default:
        return act();
    }
  }

  #answer(url: string, init: RequestInit | undefined): Promise<Response> {
    if (init?.signal?.aborted) return Promise.reject(init.signal.reason);
    if (!url.includes('/guest')) return Promise.resolve(new Response('{}', { status: 201 }));
    const { user } = JSON.parse(String(init?.body)) as { user: User };
    const guest = { ...user, id: `guest-${user.id}`, role: 'guest' };
    return Promise.resolve(
      new Response(JSON.stringify({ user: guest, access_token: this.issue(guest.id) }), { status: 201 }),
    );
  }

  #note(type: BackendEvent['type'], userId: string): void {
    this.log.push({ atMs: this.clock.now(), type, userId });
  }
}

function errorFrame(code: number, more: object): object {
  const error = {
    code,
    message: `error ${code}`,
    StatusCode: code === 9 ? 429 : 401,
    duration: '',
    more_info: '',
    ...more,
  };
  return { error };
}

function payloadOf(token: string): { readonly user_id?: string; readonly n?: number } {
  try {
    return JSON.parse(atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/'))) as object;
  } catch {
    return {};
  }
}
