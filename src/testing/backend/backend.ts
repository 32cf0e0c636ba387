import type { ChatClientOptions } from '../../client/options.ts';
import type { Diagnostic } from '../../diagnostics.ts';
import type { Environment, EnvironmentChange } from '../../environment/environment.ts';
import { invalidArgument } from '../../errors.ts';
import { assertFit, type Check, isFilledString, isObject } from '../../input.ts';
import type { WireData } from '../../protocol/protocol.ts';
import type { UserRepository } from '../../repository/repository.ts';
import type { User } from '../../user.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { CountedClock } from './counted-clock.ts';
import { Device } from './device.ts';
import { createDisk, type DiskFault, NO_DISK_FAULTS } from './disk.ts';
import type { BackendServer, ConnectRequest } from './server.ts';
import { BackendSocket, NO_LOGIN } from './socket.ts';
import { readLogin, respond, streamChatServer } from './stream-chat.ts';
import { createTokenEndpoint, type ProviderFault } from './token-endpoint.ts';

const USER: Check = [(value) => isObject(value) && isFilledString(value.id), 'a user, or null'];

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

/** What a dead process waits for. */
const NEVER = new Promise<never>(() => {});

/** Something the backend did or saw, with the time. */
export interface BackendEvent {
  readonly atMs: number;
  readonly type: 'opened' | 'gone' | 'hello' | 'token' | 'stored' | 'cleared';
  readonly userId: string;
}

export class Backend {
  readonly clock = new VirtualClock();
  readonly diagnostics: Diagnostic[] = [];
  readonly log: BackendEvent[] = [];
  readonly sockets = new Set<BackendSocket>();
  readonly requests: ConnectRequest[] = [];
  readonly #server: BackendServer | typeof streamChatServer;
  readonly #readLogin: (data: WireData | null, url: string) => ConnectRequest | null;
  /** The highest number of sockets that were open, opening or closing at once. */
  highestOpen = 0;

  welcome: Welcome = { kind: 'hello' };
  answersClose = true;
  answersPings = true;
  /** What fails on disk. */
  readonly disk: Record<'load' | 'save' | 'clear', DiskFault>;
  /** How the token endpoint fails. */
  provider: ProviderFault = 'none';

  #connections = 0;
  /** What hangs, on disk or at the token endpoint. */
  readonly #hanging = new Set<() => void>();
  readonly #disk: ReturnType<typeof createDisk>;
  readonly #tokens = createTokenEndpoint(this.#hanging);
  readonly #device = new Device();
  #clientClock = new CountedClock(this.clock);

  /**
   * @param stored Who is stored at the start.
   * @param server The server of a protocol of your own. Default: that of the default protocol.
   * @throws SessionError `invalidArgument` for a `stored` that is neither a user nor `null`.
   */
  constructor(stored: User | null = null, server?: BackendServer) {
    if (stored !== null) assertFit('stored', stored, USER);
    this.#server = server ?? streamChatServer;
    this.#readLogin = (data, url) => {
      if (server === undefined) return data === null ? readLogin(url) : null;
      const token = server.readToken(data, url);
      return token === null ? null : { ...NO_LOGIN, token, userId: this.#tokens.userOf(token) };
    };
    this.#disk = createDisk(stored, this.#hanging, (type, userId) => this.#note(type, userId));
    this.disk = this.#disk.faults;
  }

  // What an observer can see

  get stored(): User | null {
    return this.#disk.stored();
  }

  get openNow(): number {
    return this.sockets.size;
  }

  /** Listeners to the device and to storage that are still there. */
  get listeners(): number {
    return this.#device.listeners + this.#disk.watchers();
  }

  /** Timers of the client that run; what is on its way over the network is not among them. */
  get clientTimers(): number {
    return this.#clientClock.running;
  }

  /** Provider calls that are neither settled nor aborted. */
  get pendingLoads(): number {
    return this.#tokens.pendingLoads();
  }

  // What a client is built with

  /** For a protocol of your own add the option `protocol`. After `kill()` no client is made of them: call it again. */
  options(): ChatClientOptions {
    const clock = this.#clientClock;
    const open = (url: string) => {
      if (clock.isDead) throw new Error('The process has died.');
      return this.#open(url);
    };
    return {
      apiKey: 'key',
      baseUrl: 'http://backend.test',
      seed: 1,
      get clock() {
        if (!clock.isDead) return clock;
        throw invalidArgument('clock', 'these options are of a process that was killed: call options() again');
      },
      // The client asks for a class; called with `new`, a function may return an object of its own.
      WebSocket: function WebSocket(url: string) {
        return open(url);
      } as unknown as NonNullable<ChatClientOptions['WebSocket']>,
      fetch: async (input, init) => {
        if (clock.isDead) return NEVER;
        init?.signal?.throwIfAborted();
        return respond(String(input), init, (userId) => this.issue(userId));
      },
      tokenProvider: (user, request) => {
        if (clock.isDead) return NEVER;
        this.#note('token', user.id);
        return this.#tokens.load(user, request, this.provider);
      },
      userRepository: this.repository(),
      environment: this.environment(),
      onDiagnostic: (diagnostic) => {
        if (!clock.isDead) this.diagnostics.push(diagnostic);
      },
      warnings: false,
    };
  }

  /** A token for `userId`. It is not signed: this backend accepts every token that it issued. */
  issue(userId: string): string {
    return this.#tokens.issue(userId);
  }

  /** The disk, as the process that runs now sees it. */
  repository(): UserRepository {
    return this.#disk.repository(this.#clientClock);
  }

  environment(): Environment {
    const clock = this.#clientClock;
    const { read, subscribe } = this.#device;
    return { read, subscribe: (listener) => (clock.isDead ? () => {} : subscribe(listener)) };
  }

  // What a test makes happen

  change(change: EnvironmentChange): void {
    this.#device.change(change);
  }

  /** Another tab stores `user`, or removes the stored user. */
  storeElsewhere(user: User | null): void {
    this.#disk.storeElsewhere(user);
  }

  /** Whatever hangs on disk or at the token endpoint goes on now. */
  unhang(): void {
    const hanging = [...this.#hanging];
    this.#hanging.clear();
    for (const goOn of hanging) goOn();
  }

  /** The first so many tokens are refused from now on, with 40. Default: every one that was issued so far. */
  revoke(count?: number): void {
    this.#tokens.revoke(count);
  }

  /**
   * The client's process died. Its sockets break, and what it had under way on disk and at the token endpoint is gone.
   * The clients that were created with `options()` so far do nothing more; `dispose()` settles their calls.
   */
  kill(): void {
    for (const part of [...this.sockets, this.#disk, this.#tokens, this.#device, this.#clientClock]) part.kill();
    this.#hanging.clear();
    this.#clientClock = new CountedClock(this.clock);
  }

  /** Sends a frame on every socket that had its hello: an object as JSON, strings and bytes as they are. */
  push(frame: object | string): void {
    for (const socket of this.sockets) if (socket.hasHello) socket.push(frame);
  }

  sendError(code: number, more: object = {}): void {
    for (const socket of this.sockets) socket.push(this.#server.error(code, more));
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
    Object.assign(this.disk, NO_DISK_FAULTS);
    this.provider = 'none';
    this.unhang();
    this.#device.heal();
  }

  // The server's end of sockets

  #open(url: string): BackendSocket {
    const socket: BackendSocket = new BackendSocket(url, this.clock, {
      opened: () => this.#opened(socket),
      received: (data) => this.#received(socket, data),
      closing: () => this.answersClose,
      closed: () => {
        this.sockets.delete(socket);
        this.#note('gone', socket.request.userId);
      },
    });
    this.sockets.add(socket);
    this.highestOpen = Math.max(this.highestOpen, this.sockets.size);
    this.#logIn(socket, null);
    this.#note('opened', socket.request.userId);
    return socket;
  }

  #opened(socket: BackendSocket): void {
    if (this.welcome.kind === 'refuse') return socket.end(1006, true);
    socket.accept();
    if (socket.request !== NO_LOGIN) this.#respond(socket);
  }

  #received(socket: BackendSocket, data: WireData): void {
    if (socket.request !== NO_LOGIN) {
      const reply = this.answersPings ? this.#server.reply?.(data) : null;
      if (reply != null) socket.push(reply);
    } else if (this.#logIn(socket, data)) this.#respond(socket);
  }

  /** Reads the login in the URL (no `data`) or in one of the first frames. Returns whether it was there. */
  #logIn(socket: BackendSocket, data: WireData | null): boolean {
    const request = this.#readLogin(data, socket.url);
    if (request === null) return false;
    socket.request = request;
    this.requests.push(request);
    return true;
  }

  #respond(socket: BackendSocket): void {
    const { welcome } = this;
    const { authType, token, userId } = socket.request;
    const isAnonymous = authType === 'anonymous';
    if (!isAnonymous && this.#tokens.isRevoked(token)) return socket.push(this.#server.error(40, {}));
    switch (welcome.kind) {
      case 'hello':
        return this.#sendHello(socket, isAnonymous ? '!anon' : userId);
      case 'helloFor':
        return this.#sendHello(socket, welcome.userId);
      case 'error': {
        const { code, retryAfterSeconds, message = `error ${code}` } = welcome;
        return socket.push(this.#server.error(code, { message, retry_after: retryAfterSeconds }));
      }
      case 'close':
        return socket.end(welcome.code);
      case 'text':
        return socket.push(welcome.text);
      case 'silence':
        return;
    }
  }

  #sendHello(socket: BackendSocket, userId: string): void {
    this.#connections += 1;
    socket.hasHello = true;
    socket.push(this.#server.hello(userId, `connection-${this.#connections}`, this.clock.now()));
    this.#note('hello', userId);
  }

  #note(type: BackendEvent['type'], userId: string): void {
    this.log.push({ atMs: this.clock.now(), type, userId });
  }
}
