import { type LiveSessionMachine, liveSessionMachine } from '../../../src/client/running-chart.ts';
import type { Call, ChatClient, ChatClientOptions, User, UserRepository } from '../../../src/index.ts';
import { Backend } from '../../../src/testing/backend/backend.ts';
import { settled } from '../../../src/testing/virtual-clock.ts';
import { BlackBoxOracle } from '../../kit/oracles/black-box/black-box-oracle.ts';
import { must } from '../../kit/oracles/black-box/law-violation.ts';
import { createTestClient } from '../../kit/session-of.ts';
import { TimeDriver } from '../../kit/time-driver.ts';
import type { Action, Command, Person, Source, Walk } from './actions.ts';
import { pushFrame } from './frames.ts';

/** What may wake a session that the app has suspended. */
const WAKING: ReadonlySet<Command['do']> = new Set([
  'restore',
  'connect',
  'connectGuest',
  'connectAnonymous',
  'switch',
  'resume',
]);

const PEOPLE: Readonly<Record<Person, User>> = { alice: { id: 'alice', name: 'Alice' }, bob: { id: 'bob' } };
const userOf = ({ who, name }: { readonly who: Person; readonly name?: string | undefined }): User =>
  name === undefined ? PEOPLE[who] : { ...PEOPLE[who], name };

/** Three seconds to clear and one to close; a close that began before, for a call that keeps the user, comes on top. */
const LOGOUT_MS = 5_100;
/** Thirty seconds, and what a bound grants that comes late: after a sleep the reply may be there already. */
const CALL_MS = 30_600;
/** Longest wait (60 s in the background, 30 s otherwise), a hello and a token that time out, and what the server asked. */
const COME_BACK_MS = 200_000;

/** Where a walk is taken: a real client on a backend in memory, watched by an oracle. */
class World {
  readonly backend: Backend;
  readonly #oracle: BlackBoxOracle;
  readonly #time: TimeDriver;
  readonly #machine: LiveSessionMachine;
  #options: ChatClientOptions;
  #client: ChatClient;
  readonly #onClient: (client: ChatClient) => void;
  #reentries: Extract<Action, { do: 'reenter' }>[] = [];

  constructor(stored: Person | null, machine: LiveSessionMachine, onClient: (client: ChatClient) => void) {
    this.#machine = machine;
    this.#onClient = onClient;
    this.backend = new Backend(stored === null ? null : PEOPLE[stored]);
    this.#options = this.#newProcess();
    this.#client = createTestClient(this.#options, this.#machine);
    this.#oracle = new BlackBoxOracle(this.backend, this.#client);
    this.#time = new TimeDriver(this.backend, () => this.#oracle.check());
    this.#listen();
  }

  async perform(action: Action): Promise<void> {
    await this.#act(action);
    this.#oracle.check();
  }

  async #act(action: Action): Promise<void> {
    const { backend } = this;
    switch (action.do) {
      case 'reenter':
        this.#reentries.push(action);
        return;
      case 'remount':
        await this.#dispose();
        return this.#start();
      case 'kill':
        backend.kill();
        this.#client.dispose();
        await settled();
        this.#options = this.#newProcess();
        return this.#start();
      case 'welcome':
        backend.welcome = action.welcome;
        if (action.welcome.kind === 'error') this.#refuses(action.welcome.code);
        if (action.welcome.kind === 'close') this.#closes(action.welcome.code);
        if (action.welcome.kind === 'text') this.#oracle.excuse('tokenRejected');
        return;
      case 'provider':
        backend.provider = action.fault;
        if (action.fault === 'hangs') this.#oracle.excuse('tokenTimedOut');
        if (action.fault === 'throws' || action.fault === 'empty') this.#oracle.excuse('tokenUnavailable');
        if (action.fault === 'othersToken') this.#oracle.excuse('tokenInvalid');
        return;
      case 'disk':
        backend.disk[action.work] = action.fault;
        this.#oracle.excuse('storageFailed', 'storageTimedOut');
        return;
      case 'unhang':
        return backend.unhang();
      case 'mute':
        if (action.what === 'pings') backend.answersPings = false;
        else backend.answersClose = false;
        return;
      case 'heal':
        return backend.heal();
      case 'error':
        this.#refuses(action.code);
        return backend.sendError(action.code);
      case 'close':
        this.#closes(action.code);
        return backend.closeSockets(action.code);
      case 'frame':
        this.#oracle.spoke();
        return pushFrame(backend, action.frame);
      case 'revoke':
        this.#oracle.excuse('tokenRejected');
        return backend.revoke();
      case 'device':
        return backend.change(action.change);
      case 'sleep':
        this.#oracle.slept(action.durationMs);
        return backend.clock.sleep(action.durationMs);
      case 'elsewhere':
        this.#oracle.storedElsewhere(action.who);
        return backend.storeElsewhere(action.who === null ? null : PEOPLE[action.who]);
      case 'settle':
        return settled();
      case 'step':
        return this.#time.step(action.deadlines);
      case 'pass':
        return this.#time.pass(action.durationMs);
      case 'repeat':
        return this.#repeat(action);
      default:
        return this.#command(action);
    }
  }

  /** An app that asks again and again does not get more than a few attempts more (law 8). */
  async #repeat({ act, everyMs, times }: Extract<Action, { do: 'repeat' }>): Promise<void> {
    const { requests } = this.backend;
    const before = requests.length;
    let hasEnded = false;
    for (let time = 0; time < times; time += 1) {
      await this.perform(act);
      await this.#time.pass(everyMs);
      const { status } = this.#client.getSnapshot();
      hasEnded ||= status === 'loggingOut' || (!this.#isUnderWay() && status !== 'online');
    }
    // Each login after the end of a session is another session.
    if (hasEnded) return;
    const opened = requests.length - before;
    const durationMs = everyMs * times;
    must(8, opened <= 10 + durationMs / 3_000, `${opened} sockets within ${durationMs} ms, by ${JSON.stringify(act)}`);
  }

  /** An app that is notified of something meanwhile may do anything; what it has called first may come after that. */
  #command(command: Command): void {
    if (WAKING.has(command.do)) this.#oracle.came();
    this.#call(command);
    if (WAKING.has(command.do)) this.#oracle.came();
  }

  #call(command: Command): void {
    const client = this.#client;
    const oracle = this.#oracle;
    switch (command.do) {
      case 'restore': {
        const wasForgotten = oracle.isForgotten;
        return oracle.called('restore', client.restore(), LOGOUT_MS + 3_100, (result) => {
          if (!result.success || result.value === null || !(result.value.id in PEOPLE)) return;
          must(6, !(wasForgotten && oracle.isForgotten), `${result.value.id} is restored, who was forgotten`);
          if (client === this.#client) oracle.restored(result.value.id);
        });
      }
      case 'connect':
        return this.#login(command, `connectUser(${command.who})`, (user) =>
          client.connectUser(user, this.#source(command.source, command.who)),
        );
      case 'connectGuest':
        return oracle.called('connectGuestUser', client.connectGuestUser({ id: 'visitor' }), CALL_MS);
      case 'connectAnonymous':
        return oracle.called('connectAnonymousUser', client.connectAnonymousUser(), CALL_MS);
      case 'switch':
        if (this.#endsBySwitching(command.who)) oracle.askedToLogOut(true);
        return this.#login(command, `switchUser(${command.who})`, (user) => client.switchUser(user));
      case 'disconnect': {
        const { forgetUser } = command;
        oracle.askedToLogOut(forgetUser);
        const answered = forgetUser ? oracle.loggedOut() : () => {};
        return oracle.called('disconnect', client.disconnect({ forgetUser }), LOGOUT_MS, answered);
      }
      case 'suspend':
        oracle.left();
        return oracle.called('suspend', client.suspend(), 0);
      case 'resume':
        return oracle.called('resume', client.resume(), 0);
      case 'retryNow':
        return oracle.called('retryNow', client.retryNow(), 0);
      case 'request':
        return oracle.called('request', client.request('/app'), CALL_MS);
      case 'cancel':
        return oracle.cancelNewest();
    }
  }

  /** An app that is notified of something while it logs in may do anything; the login comes after that. */
  #login(command: Parameters<typeof userOf>[0], name: string, call: (user: User) => Call<unknown>): void {
    const user = userOf(command);
    const { user: current, status } = this.#client.getSnapshot();
    const isKnown = status !== 'loggingOut' && current?.id === user.id && current.name === user.name;
    this.#oracle.askedToLogIn(user.id, !isKnown);
    this.#oracle.called(name, call(user), CALL_MS);
    this.#oracle.askedToLogIn(user.id, false);
  }

  /** Every fault stops: the session comes back, can be ended, and stays ended. */
  async end(): Promise<void> {
    this.backend.heal();
    this.backend.change('thawed');
    this.#reentries = [];
    await this.#until(() => this.#oracle.pendingCalls.length === 0, 3, 'calls settle', CALL_MS);
    if (this.#isSuspended()) this.#command({ do: 'resume' });
    await this.#until(() => !this.#isUnderWay(), 8, 'it comes back', COME_BACK_MS);
    if (this.#client.getSnapshot().status !== 'online')
      this.#command({ do: 'connect', who: 'alice', source: 'configured' });
    await this.#until(() => this.#client.getSnapshot().status === 'online', 8, 'it can log in', COME_BACK_MS);
    this.#oracle.checkSecrets();
    this.#command({ do: 'disconnect', forgetUser: true });
    await this.#until(() => !this.#isUnderWay(), 5, 'disconnect wins', LOGOUT_MS);
    await settled();
    must(6, this.#oracle.hasLoggedOut, 'a logout without faults succeeds');
    await this.#act({ do: 'kill' });
    this.backend.heal();
    // Who was stored elsewhere during the session of a guest is.
    this.#command({ do: 'restore' });
    await this.#until(() => !this.#isUnderWay(), 3, 'restore settles', LOGOUT_MS);
    await this.#dispose();
  }

  async release(): Promise<void> {
    this.backend.kill();
    this.#client.dispose();
    await settled();
  }

  /** The user who switches to the user who is logged in stays. */
  #endsBySwitching(who: Person): boolean {
    const { user } = this.#client.getSnapshot();
    return user !== null && user.id !== who;
  }

  async #until(isSo: () => boolean, law: number, what: string, withinMs: number): Promise<void> {
    if (await this.#time.until(isSo, withinMs)) return;
    const { state } = this.#client.getSnapshot();
    const waiting = this.#oracle.pendingCalls.join(', ') || 'no call';
    must(law, false, `${what} within ${withinMs} ms, but: ${state}, ${waiting} waiting`);
  }

  #isSuspended(): boolean {
    return this.#client.getSnapshot().status === 'suspended' || this.#client.getSnapshot().can.resume;
  }

  #isUnderWay(): boolean {
    const { status } = this.#client.getSnapshot();
    return !['online', 'loggedOut', 'signInAgain', 'idle', 'disposed'].includes(status);
  }

  /** What a client is built with, with a view of what it orders of storage. */
  #newProcess(): ChatClientOptions {
    const repository = this.backend.repository();
    const userRepository: UserRepository = {
      ...repository,
      setCurrentUser: (user) => {
        this.#oracle.saveOrdered();
        return repository.setCurrentUser(user);
      },
    };
    return { ...this.backend.options(), userRepository };
  }

  async #dispose(): Promise<void> {
    const client = this.#client;
    client.dispose();
    await settled();
    await this.backend.clock.advance(1_100);
    this.#oracle.checkDisposed();
  }

  #start(): void {
    this.#client = createTestClient(this.#options, this.#machine);
    this.#oracle.follow(this.#client);
    this.#listen();
  }

  #listen(): void {
    const client = this.#client;
    this.#onClient(client);
    const react = (on: 'snapshot' | 'event') => {
      const index = this.#reentries.findIndex((entry) => entry.on === on);
      const [entry] = index < 0 ? [] : this.#reentries.splice(index, 1);
      if (entry === undefined) return;
      if (entry.acts.length === 0) throw new Error('The app throws where it listens.');
      for (const act of entry.acts) {
        if (act.do === 'device') this.backend.change(act.change);
        else this.#command(act);
      }
    };
    client.subscribe((snapshot) => {
      if (client !== this.#client) return;
      this.#oracle.saw(snapshot);
      react('snapshot');
    });
    client.on('*', (event) => {
      if (client !== this.#client) return;
      this.#oracle.received(event);
      react('event');
    });
  }

  #source(source: Source, who: Person) {
    const { backend } = this;
    switch (source) {
      case 'configured':
        return undefined;
      case 'provider':
        return this.#options.tokenProvider;
      case 'static':
        this.#oracle.excuse('tokenRejected');
        return backend.issue(who);
      case 'othersToken':
        this.#oracle.excuse('tokenInvalid');
        return backend.issue('mallory');
    }
  }

  #refuses(code: number): void {
    if ([40, 43, 5].includes(code)) this.#oracle.excuse('tokenRejected');
    if ([2, 69, 99, 4, 6].includes(code)) this.#oracle.excuse('appRejected');
    if (code !== 17) return;
    this.#oracle.excuse('userRejected');
    this.#oracle.refusedForGood();
  }

  #closes(code: number): void {
    if (code === 1000) this.#oracle.excuse('endedByServer');
  }
}

/** Takes a walk from its start, and rejects with the law that it breaks. `onClient` receives each client before it starts. */
export async function take(
  { stored, actions }: Walk,
  machine = liveSessionMachine,
  onClient: (client: ChatClient) => void = () => {},
): Promise<void> {
  const world = new World(stored, machine, onClient);
  try {
    for (const action of actions) await world.perform(action);
    await world.end();
  } finally {
    await world.release();
  }
}
