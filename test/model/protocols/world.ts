import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { type ChatClient, memoryRepository } from '../../../src/index.ts';
import { leafOf, type SystemUnderTest } from '../../../src/testing/index.ts';
import { INVARIANTS } from '../../kit/oracles/expected-results/expectations.ts';
import { sessionOf } from '../../kit/session-of.ts';
import { type ManualEnvironment, manualEnvironment } from '../../kit/world.ts';
import type { PathStep } from '../explore/path-cover.ts';
import { type BranchCoverage, ObservedSession } from '../real/branch-coverage.ts';
import { CAUSES } from '../real/causes.ts';
import { settled } from '../real/condition-signal.ts';
import { HeldRepository } from '../real/held-repository.ts';
import { HeldTokens } from '../real/held-tokens.ts';
import { type PathHeader, type ServerBooks, SessionWorld } from '../real/session-world.ts';
import { FaultProxy } from './fault-proxy.ts';
import type { RealProtocol, RealServer } from './servers.ts';
import { ProtocolWire } from './wire.ts';

/** A client of a protocol with its real actors, the protocol's real server, and a proxy that makes it fail. */
export class ProtocolWorld extends SessionWorld {
  readonly real: RealServer;
  readonly client: ChatClient;
  readonly wire: ProtocolWire;
  readonly tokens: HeldTokens;
  readonly repository: HeldRepository;
  readonly environment: ManualEnvironment = manualEnvironment();
  readonly server: ServerBooks;

  static async start(path: PathHeader, protocol: RealProtocol): Promise<ProtocolWorld> {
    const real = await protocol.start();
    if (real.server.address() === null) await new Promise((resolve) => real.server.once('listening', resolve));
    const target = `ws://127.0.0.1:${(real.server.address() as AddressInfo).port}`;
    const proxy = await FaultProxy.start(target, () => world.bell.ring());
    const world: ProtocolWorld = new ProtocolWorld(path, protocol, real, proxy);
    return world;
  }

  private constructor(path: PathHeader, protocol: RealProtocol, real: RealServer, proxy: FaultProxy) {
    super(path);
    const ring = () => this.bell.ring();
    this.real = real;
    this.wire = new ProtocolWire(protocol, real, proxy, this.bell);
    const faults = { cause: (): never => Promise.reject(new Error('There are no guests.')) as never };
    this.tokens = new HeldTokens({ createToken: real.createToken, faults }, ring);
    this.repository = new HeldRepository(
      memoryRepository(),
      () => sessionOf(this.client).chart.context.storage.attempt,
      ring,
    );
    this.server = {
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
    };
    const { WebSocket } = this.wire;
    const { subscribe } = this.environment;
    this.client = this.createClient(
      { protocol: this.wire.protocol, WebSocket },
      { subscribe, read: () => ({ ...this.reading }) },
    );
  }

  override async settle(step: PathStep): Promise<void> {
    if (this.isAhead(step)) return;
    const leaf = leafOf(step.after.snapshot);
    const { bell, wire, tokens } = this;
    if (leaf === 'loadingToken') await bell.until(() => tokens.awaited !== undefined, 'a token is asked for');
    await settled();
    if (leaf === 'connecting.opening' && !wire.isClosing) await bell.until(() => wire.isOpen, 'a socket is opened');
    await wire.isCloseHeard();
    if (leaf === 'loggedOut') await bell.until(() => wire.proxy.openNow === 0, 'law 2: no socket is open');
    await settled();
    this.finish(step);
  }

  async stop(): Promise<void> {
    await this.client.dispose();
    await this.wire.proxy.close();
    const { server } = this.real;
    for (const socket of server.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Laws that read what is on the wire, in the protocol's own words. */
const OWN_LAWS: SystemUnderTest<ProtocolWorld, PathStep>['invariants'] = {
  'law 4: no one travels with the token of another': ({ wire: { proxy }, real }) => {
    for (const { login } of proxy.connections) {
      if (login.length === 0) continue;
      const { userId, tokenUserId } = real.readLogin(login);
      expect(['alice', 'bob']).toContain(userId);
      expect(tokenUserId).toBe(userId);
    }
  },
  'law 10: connected is what the server says': ({ client, wire: { proxy }, real }, { after }) => {
    const isConnected = leafOf(after.snapshot).startsWith('connected');
    expect(client.getSnapshot().connectionId !== null).toBe(isConnected);
    if (!isConnected) return;
    const holding = proxy.connections.filter(({ isOpen, clientCloseCode }) => isOpen && clientCloseCode === null);
    expect(holding.map(({ isLetThrough }) => isLetThrough)).toEqual([true]);
    expect(real.readLogin(holding[0]?.login ?? []).userId).toBe(after.snapshot.context.identity?.id);
  },
};

/** A session of this protocol, for the paths of the statechart. */
export function sessionOfProtocol(
  protocol: RealProtocol,
  tally: BranchCoverage,
): SystemUnderTest<ProtocolWorld, PathStep> {
  const observed = new WeakMap<ProtocolWorld, ObservedSession>();
  return {
    start: async (path) => {
      const world = await ProtocolWorld.start(path, protocol);
      observed.set(world, new ObservedSession(world.client));
      return world;
    },
    events: CAUSES,
    invariants: {
      ...INVARIANTS,
      ...OWN_LAWS,
      'every event that is no late one takes the branch of the path': (world, { case: { late }, ...step }) => {
        const isTaken = observed.get(world)?.hasTaken(step);
        if (late === undefined && step.branches.length > 0) expect(isTaken, step.branches[0]?.id).toBe(true);
      },
    },
    stop: async (world) => {
      const session = observed.get(world);
      if (session !== undefined) tally.add(session);
      await world.stop();
    },
  };
}
