import { inject, vi } from 'vitest';
import type { ConnectRecord, DevServerState, Fault, FaultState } from '../../../../src/tools/devserver/index.ts';
import type { ServerBooks, SessionWire } from '../../../model/real/session-world.ts';

/*
 * Real sockets between a page and the development server, which is reached over HTTP. Hellos are held back by the
 * server, and so are replies to a close where the path says that the close is awaited.
 */

const { url: baseUrl } = inject('devServer');

/** The users that paths are about. No other test in a page has users of these names. */
const USERS = ['alice', 'bob', '!anon'];

type Connect = Omit<ConnectRecord, 'token'>;

type Seen = ReturnType<ServerBooks['connects']>[number];

const NOT_SEEN = { isOpen: false, clientCloseCode: null, connectionId: null };

/** One end in the page, with what its address says. */
interface Tapped extends WebSocket {
  readonly userId: string;
  readonly authType: string;
  readonly token: string;
  isGreeted: boolean;
}

export class PageWire implements SessionWire {
  /** The page's ends, of all sockets that were opened. */
  readonly sockets: Tapped[] = [];
  readonly WebSocket: new (
    url: string,
  ) => WebSocket;
  /** What the server has counted, as of the last {@link look}. */
  connects: readonly Connect[] = [];
  openNow = 0;
  highestOpen = 0;
  readonly #hellos = new Map<string, number>();
  #firstNumber = 0;
  #isNewsOfCloseLost = false;
  /** The one whose close the server does not answer by itself. */
  #unanswered: Tapped | undefined;
  /** How many sockets there were when both ends had seen the last one closed. */
  #closedForAll = Number.NaN;

  constructor(ring: () => void) {
    const wire = this;
    const later = () => setTimeout(ring, 0);
    this.WebSocket = class extends WebSocket implements Tapped {
      readonly userId: string;
      readonly authType: string;
      readonly token: string;
      isGreeted = false;

      constructor(url: string) {
        super(url);
        const { searchParams } = new URL(url);
        this.userId = (JSON.parse(searchParams.get('json') ?? '{}') as { user_id: string }).user_id;
        this.authType = searchParams.get('stream-auth-type') ?? '';
        this.token = searchParams.get('authorization') ?? '';
        wire.sockets.push(this);
        this.addEventListener('open', later);
        this.addEventListener('message', ({ data }) => {
          if (String(data).includes('"me"')) this.isGreeted = true;
          later();
        });
        // First in line: what stops here, the client does not receive.
        this.addEventListener('close', (event) => {
          if (wire.#isNewsOfCloseLost) event.stopImmediatePropagation();
          later();
        });
      }

      /** Pings are lost, or the server would answer them by itself. */
      override send(): void {}
    };
  }

  /** From now on hellos are held back, as they were for the path before. */
  async start(): Promise<void> {
    const { connects, users, faults } = await call<DevServerState>('GET', '/dev/state');
    this.#firstNumber = (connects.at(-1)?.number ?? 0) + 1;
    this.highestOpen = 0;
    for (const userId of USERS) {
      const held = faults.find(({ fault }) => isHello(fault) && fault.userId === userId);
      const { id } = held ?? (await cause({ type: 'withholdHello', userId, times: 'untilLifted' }));
      this.#hellos.set(userId, id);
      if ((users[userId]?.openNow ?? 0) > 0) throw new Error(`A path before has left a socket of ${userId}.`);
    }
  }

  async stop(): Promise<void> {
    const isOver = async () => {
      const { users, faults } = await call<DevServerState>('GET', '/dev/state');
      const armed = faults.filter(({ fault }) => USERS.includes(fault.userId ?? '') && !isHello(fault));
      const open = USERS.filter((userId) => (users[userId]?.openNow ?? 0) > 0);
      for (const { id } of armed) await call('DELETE', `/dev/faults/${id}`);
      for (const userId of open) await cause({ type: 'dropSockets', userId });
      return open.length === 0 && this.#count(WebSocket.CLOSED) === this.sockets.length;
    };
    await this.until(isOver, 'nothing of the path is open');
  }

  /** After the last path hellos come as they are sent. */
  static async liftAll(): Promise<void> {
    for (const userId of USERS) await call('DELETE', `/dev/faults?user_id=${userId}`);
  }

  /** Asks the server what it counts. */
  async look(): Promise<this> {
    const { connects, users } = await call<DevServerState>('GET', '/dev/state');
    this.connects = connects.filter(
      ({ number, userId }) => number >= this.#firstNumber && USERS.includes(userId ?? ''),
    );
    const counts = USERS.map((userId) => users[userId]);
    this.openNow = counts.reduce((sum, count) => sum + (count?.openNow ?? 0), 0);
    this.highestOpen = Math.max(0, ...counts.map((count) => count?.highestOpen ?? 0));
    return this;
  }

  /** What the server has seen, with what the addresses of the sockets say, which it does not tell. */
  seen(): readonly Seen[] {
    const { sockets } = this;
    const tokenOf = (userId: string | null) => sockets.findLast((socket) => socket.userId === userId)?.token ?? '';
    return [
      ...this.connects.map((connect) => ({ ...connect, token: tokenOf(connect.userId) })),
      ...sockets.map(({ userId, authType, token }) => ({ ...NOT_SEEN, userId, authType, token })),
    ];
  }

  /** Waits until both ends see the same sockets. While nothing is opened after nothing was open, they do. */
  async agree(): Promise<void> {
    if (this.#closedForAll === this.sockets.length) return;
    await this.until(async () => {
      const { connects } = await this.look();
      const open = connects.filter(({ isOpen }) => isOpen);
      const closing = open.filter(({ clientCloseCode }) => clientCloseCode !== null);
      return (
        !this.#some(WebSocket.CONNECTING) &&
        open.length === this.#count(WebSocket.OPEN) + this.#count(WebSocket.CLOSING) &&
        closing.length === this.#count(WebSocket.CLOSING)
      );
    }, 'both ends see the same sockets');
    const isClosed = this.openNow === 0 && this.#count(WebSocket.CLOSED) === this.sockets.length;
    this.#closedForAll = isClosed ? this.sockets.length : Number.NaN;
  }

  get isClosing(): boolean {
    return this.#some(WebSocket.CLOSING);
  }

  get newestConnect(): Pick<Tapped, 'token'> | undefined {
    return this.sockets.at(-1);
  }

  /** The socket that is wanted now, open at both ends. One that is closing is in its way, and goes. */
  async current(): Promise<void> {
    await this.answerClose();
    await this.opened();
  }

  async opened(): Promise<void> {
    await this.until(() => this.#isOpen(), 'the server has the socket');
  }

  async #isOpen(): Promise<boolean> {
    const newest = this.sockets.at(-1);
    if (newest?.readyState !== WebSocket.OPEN || this.isClosing) return false;
    return newest.isGreeted || (await this.#heldHellos(newest.userId)) === 1;
  }

  /** The client will close the socket that is open, and the server will not answer. */
  async ignoreClose(): Promise<void> {
    if (!this.#some(WebSocket.OPEN)) return;
    this.#unanswered = this.#target;
    await this.#cause({ type: 'ignoreClose', on: 'open' });
  }

  /** The server responds to the close that it has ignored. To others it does by itself: one more might meet the next socket. */
  async answerClose(): Promise<void> {
    if (!this.isClosing) return;
    if (this.#unanswered?.readyState === WebSocket.CLOSING) {
      await this.#isCloseHeard();
      await this.#cause({ type: 'closeSockets', closeCode: 1000 });
    }
    await this.until(() => !this.isClosing, 'the close is answered');
  }

  /** The socket is gone, and the client has not heard of it. */
  async loseSocket(): Promise<void> {
    if (this.#some(WebSocket.CLOSING)) await this.#isCloseHeard();
    else if (!this.#some(WebSocket.OPEN)) return;
    this.#isNewsOfCloseLost = true;
    await this.#cause({ type: 'closeSockets', closeCode: 1000 });
    const isLeft = () => this.sockets.some(({ readyState }) => readyState !== WebSocket.CLOSED);
    await this.until(async () => !isLeft() && (await this.look()).openNow === 0, 'the old socket is gone');
    this.#isNewsOfCloseLost = false;
  }

  async hello(): Promise<void> {
    const { userId } = this.#target;
    const { released } = await call<{ released: number }>('POST', `/dev/faults/${this.#hellos.get(userId)}/release`);
    if (released === 0) await this.#cause({ type: 'secondHello' });
  }

  async drop(): Promise<void> {
    await this.#cause({ type: 'dropSockets' });
  }

  async end(): Promise<void> {
    await this.#cause({ type: 'closeSockets', closeCode: 1000 });
  }

  /** The socket stays open: it is for the client to close it. */
  async refuse(code: number, retryAfterSeconds?: number): Promise<void> {
    const advice = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
    await this.#cause({ type: 'sendError', code, closeCode: null, ...advice });
  }

  async push(): Promise<void> {
    await this.#cause({ type: 'sendFrame', frame: { kind: 'json', value: { type: 'note.new' } } });
  }

  /** Does something on a socket that the client is closing. A page receives no frames of such a one, only its end. */
  async late(act: () => unknown): Promise<boolean> {
    if (!this.isClosing) return false;
    await this.#isCloseHeard();
    if (!this.isClosing) return false;
    await act();
    await this.look();
    return true;
  }

  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    await vi.waitFor(
      async () => {
        if (!(await condition())) throw new Error(`Not yet: ${what}`);
      },
      { timeout: 60_000, interval: 5 },
    );
  }

  async #isCloseHeard(): Promise<void> {
    await this.until(async () => {
      const { connects } = await this.look();
      const isHeard = connects.some(({ isOpen, clientCloseCode }) => isOpen && clientCloseCode !== null);
      return !this.isClosing || isHeard;
    }, 'the close arrives at the server');
  }

  async #heldHellos(userId: string): Promise<number> {
    const { held } = await call<FaultState>('GET', `/dev/faults/${this.#hellos.get(userId)}`);
    return held;
  }

  /** The only one that is there, or else the newest. */
  get #target(): Tapped {
    const there = this.sockets.find(({ readyState }) => readyState !== WebSocket.CLOSED) ?? this.sockets.at(-1);
    if (there === undefined) throw new Error('No socket was opened.');
    return there;
  }

  #count(state: number): number {
    return this.sockets.filter(({ readyState }) => readyState === state).length;
  }

  #some(state: number): boolean {
    return this.#count(state) > 0;
  }

  #cause(fault: Fault): Promise<FaultState> {
    return cause({ ...fault, userId: this.#target.userId });
  }
}

const isHello = ({ type }: Fault) => type === 'withholdHello';

export const cause = (fault: Fault) => call<FaultState>('POST', '/dev/faults', fault);

/** The clock of a path is years ahead of the server's: a token that has expired by it would be asked for anew. */
const CENTURY_SECONDS = 100 * 365 * 24 * 3_600;

export async function createToken(userId: string): Promise<string> {
  const { token } = await call<{ token: string }>('GET', `/dev/token?user_id=${userId}&ttl=${CENTURY_SECONDS}`);
  return token;
}

async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}
