import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { memoryRepository, type Protocol, type WireData } from '../../../src/index.ts';
import { leafOf, type SystemUnderTest } from '../../../src/testing/index.ts';
import type { PathStep } from '../explore/path-cover.ts';
import type { ConditionSignal } from '../real/condition-signal.ts';
import { NodeWire } from '../real/node-wire.ts';
import type { RealBackend, RealWorld } from '../real/world.ts';
import { FaultProxy, type ProxiedConnection } from './fault-proxy.ts';
import type { RealProtocol, RealServer, Refusal } from './servers.ts';

/** A protocol's real server, and the proxy before it. */
export interface ProtocolBackend extends RealBackend {
  readonly real: RealServer;
  readonly proxy: FaultProxy;
}

export const protocolServer =
  (protocol: RealProtocol) =>
  async (bell: ConditionSignal): Promise<ProtocolBackend> => {
    const real = await protocol.start();
    const { server } = real;
    if (server.address() === null) await new Promise((resolve) => server.once('listening', resolve));
    const target = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const proxy = await FaultProxy.start(target, () => bell.ring());
    const wire = new ProtocolWire(protocol, real, proxy, bell);
    return {
      real,
      proxy,
      wire,
      tokens: {
        createToken: real.createToken,
        faults: { cause: () => Promise.reject(new Error('There are no guests.')) },
      },
      repository: memoryRepository(),
      platform: { protocol: wire.protocol, WebSocket: wire.WebSocket },
      server: {
        counts: () => ({ openNow: proxy.openNow, highestOpen: proxy.highestOpen }),
        // What it knows of a login is checked by the laws below.
        connects: () =>
          proxy.connections.map(({ isOpen, clientCloseCode }) => ({
            isOpen,
            clientCloseCode,
            userId: null,
            token: null,
            authType: 'jwt',
            connectionId: null,
          })),
      },
      stop: async () => {
        await proxy.close();
        for (const socket of server.clients) socket.terminate();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  };

/** Laws that read what is on the wire, in the protocol's own words. */
export const PROTOCOL_LAWS: SystemUnderTest<RealWorld<ProtocolBackend>, PathStep>['invariants'] = {
  'law 4: no one travels with the token of another': ({ backend: { proxy, real } }) => {
    for (const { login } of proxy.connections) {
      if (login.length === 0) continue;
      const { userId, tokenUserId } = real.readLogin(login);
      expect(['alice', 'bob']).toContain(userId);
      expect(tokenUserId).toBe(userId);
    }
  },
  'law 10: connected is what the server says': ({ client, backend: { proxy, real } }, { after }) => {
    const isConnected = leafOf(after.snapshot).startsWith('connected');
    expect(client.getSnapshot().connectionId !== null).toBe(isConnected);
    if (!isConnected) return;
    const holding = proxy.connections.filter(({ isOpen, clientCloseCode }) => isOpen && clientCloseCode === null);
    expect(holding.map(({ isLetThrough }) => isLetThrough)).toEqual([true]);
    expect(real.readLogin(holding[0]?.login ?? []).userId).toBe(after.snapshot.context.identity?.id);
  },
};

/** The dev server's codes, in which causes name what a server says. */
const REFUSALS: Readonly<Record<number, Refusal>> = {
  40: 'token.refused',
  41: 'token.notValidNow',
  2: 'app.refused',
  17: 'user.refused',
};
const OVERLOADED = 1013;

class ProtocolWire extends NodeWire {
  readonly protocol: Protocol<never>;
  readonly #proxy: FaultProxy;
  readonly #real: RealProtocol;
  readonly #server: RealServer;

  constructor(real: RealProtocol, server: RealServer, proxy: FaultProxy, bell: ConditionSignal) {
    super(bell);
    this.#real = real;
    this.#server = server;
    this.#proxy = proxy;
    this.protocol = real.protocol(proxy.url);
  }

  override get newestConnect(): { readonly token: string } | undefined {
    const login = this.peer?.login ?? [];
    return login.length === 0 ? undefined : this.#server.readLogin(login);
  }

  protected override get peer(): ProxiedConnection | undefined {
    return this.#proxy.connections.at(-1);
  }

  protected override get isLoginRead(): boolean {
    return this.peer?.hasAnswered === true;
  }

  protected override get openNow(): number {
    return this.#proxy.openNow;
  }

  override hello(): void {
    const { peer } = this;
    if (peer === undefined || peer.held.length === 0) this.push();
    else peer.letThrough();
  }

  override drop(): void {
    for (const connection of this.#open) connection.cut();
  }

  override end(): void {
    for (const connection of this.#open) connection.close(1000);
  }

  /** What arrives was said by the real server, about a login that it refuses. */
  override async refuse(devServerCode: number): Promise<void> {
    const { peer } = this;
    const refusal = REFUSALS[devServerCode];
    if (refusal === undefined) return peer?.close(OVERLOADED);
    const closeCode = this.#real.closedByProxy?.[refusal];
    if (closeCode !== undefined) return peer?.close(closeCode);
    const frames = await this.#server.refusedLogin(refusal, 'alice');
    const { subprotocols = [] } = this.#connect();
    const { messages, closeCode: code } = await this.#proxy.tryLogin(frames, subprotocols);
    if (messages.length === 0) peer?.close(code);
    for (const data of messages) peer?.say(data);
  }

  override push(): void {
    const ping: WireData | undefined = this.#connect().ping?.();
    if (ping !== undefined) this.peer?.ask(ping);
  }

  get #open(): readonly ProxiedConnection[] {
    return this.#proxy.connections.filter(({ isOpen }) => isOpen);
  }

  #connect() {
    const identity = { kind: 'user', id: 'alice', user: { id: 'alice' } } as const;
    return this.protocol.connect({ identity, token: '', profile: 'full', createId: () => 'ping' });
  }
}
