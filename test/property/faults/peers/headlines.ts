import { setTimeout as pause } from 'node:timers/promises';
import type { Backend } from './backends.ts';
import { PEERS, type PeerClient } from './clients.ts';

/*
 * Twelve faults that every client of this kind meets, and what one client made of each, as its app and its server see it.
 */

/** What can be done to a client and around it. */
interface Stage {
  readonly client: PeerClient;
  readonly backend: Backend;
  /** How the app's token endpoint behaves. */
  tokens: 'work' | 'fail' | 'hang';
  /** Lets the loads that hang have their token. */
  releaseTokens(): void;
  /** Resolves with the seconds until the app gets an event that the server sends; `null` after `withinMs`. */
  untilServed(withinMs?: number): Promise<number | null>;
}

export interface HeadlineFault {
  readonly name: string;
  readonly run: (stage: Stage) => Promise<string>;
}

/** What a client made of one fault. */
export interface Reaction {
  readonly outcome: string;
  readonly opened: number;
  readonly highestOpen: number;
  /** How long the logout took; `null` when it did not end. */
  readonly logoutMs: number | null;
  readonly leftOpen: number;
  /** Errors that nothing handled: in Node each ends the process. */
  readonly uncaught: number;
}

const AWAY_MS = 3_000;

/** Online, then a fault. */
function online(name: string, fault: (stage: Stage) => unknown): HeadlineFault {
  return {
    name,
    async run(stage) {
      await stage.client.login();
      await stage.untilServed();
      await fault(stage);
      return served(stage);
    },
  };
}

/** A fault at the login, which ends after a while; the app does not call again. */
function login(name: string, fault: (stage: Stage) => unknown): HeadlineFault {
  return {
    name,
    async run(stage) {
      await fault(stage);
      const result = stage.client.login().then(
        () => 'succeeds',
        () => 'fails',
      );
      await pause(AWAY_MS);
      heal(stage);
      const seconds = await stage.untilServed(LOGIN_LIMIT_MS);
      const call = await Promise.race([result, pause(0, 'still runs')]);
      return `${seconds === null ? 'never online' : `online after ${seconds} s`}; the login ${call}`;
    },
  };
}

function heal(stage: Stage): void {
  stage.backend.heal();
  stage.tokens = 'work';
  stage.releaseTokens();
}

async function served(stage: Stage): Promise<string> {
  const seconds = await stage.untilServed();
  return seconds === null ? `not back within ${LIMIT_MS / 1_000} s` : `back after ${seconds} s`;
}

const LIMIT_MS = 60_000;
const LOGIN_LIMIT_MS = 30_000;

export const HEADLINES: readonly HeadlineFault[] = [
  online('the connection is cut', ({ backend }) => backend.cut()),
  online('the server restarts, away for 3 s', async (stage) => {
    stage.backend.restart();
    await pause(AWAY_MS);
    heal(stage);
  }),
  online('the server goes silent (half-open)', ({ backend }) => backend.goSilent()),
  online('a frame that is not JSON', async ({ backend }) => {
    backend.sendGarbage();
    await pause(500);
  }),
  online('the token expires', ({ backend }) => backend.expireTokens()),
  online('the token expires, and its endpoint fails for 3 s', async (stage) => {
    stage.tokens = 'fail';
    stage.backend.expireTokens();
    await pause(AWAY_MS);
    heal(stage);
  }),
  online('the token expires, and one load never ends', async (stage) => {
    stage.tokens = 'hang';
    stage.backend.expireTokens();
    await pause(AWAY_MS);
    stage.tokens = 'work';
  }),
  login('login: 503 for 3 s', ({ backend }) => backend.refuse()),
  login('login: the first hello never comes', ({ backend }) => backend.withholdHello()),
  {
    name: 'login: the app is refused for good',
    async run({ backend, client }) {
      backend.refuseApp();
      const result = client.login().then(
        () => 'succeeds',
        () => 'fails',
      );
      await pause(10_000);
      const call = await Promise.race([result, pause(0, 'still runs')]);
      return `${backend.counts.opened} attempts in 10 s; the login ${call}`;
    },
  },
  {
    name: 'a logout while the token loads',
    async run(stage) {
      stage.tokens = 'hang';
      void stage.client.login().catch(() => undefined);
      await pause(200);
      void stage.client.logout().catch(() => undefined);
      await pause(200);
      stage.releaseTokens();
      await pause(2_000);
      return stage.backend.counts.opened === 0 ? 'the late token opens nothing' : 'the late token opens a socket';
    },
  },
  {
    name: 'a logout that the server never confirms',
    async run(stage) {
      await stage.client.login();
      await stage.untilServed();
      stage.backend.ignoreClose();
      return 'the logout ends';
    },
  },
];

/** Runs one fault on a client of its own. `uncaught` counts what the process has met so far. */
export async function react(name: string, { run }: HeadlineFault, uncaught: () => number): Promise<Reaction> {
  const peer = PEERS[name];
  if (peer === undefined) throw new Error(`no such client: ${name}`);
  const backend = await peer.startBackend();
  const before = uncaught();
  const held: (() => void)[] = [];
  let events = 0;

  async function loadToken(): Promise<string> {
    if (stage.tokens === 'fail') throw new Error('The token endpoint is down.');
    if (stage.tokens === 'hang') await new Promise<void>((resolve) => held.push(resolve));
    return backend.createToken();
  }

  const onEvent = () => {
    events += 1;
  };
  const stage: Stage = {
    client: peer.createClient({ backend, loadToken, onEvent }),
    backend,
    tokens: 'work',
    releaseTokens() {
      for (const release of held.splice(0)) release();
    },
    async untilServed(withinMs = LIMIT_MS) {
      const had = events;
      const startedAtMs = performance.now();
      while (events === had) {
        if (performance.now() - startedAtMs > withinMs) return null;
        backend.push();
        await pause(20);
      }
      return Math.round((performance.now() - startedAtMs) / 100) / 10;
    },
  };

  let outcome: string;
  try {
    outcome = await run(stage);
  } catch {
    outcome = 'could not log in';
  }
  const startedAtMs = performance.now();
  const logoutMs = await Promise.race([
    stage.client.logout().then(
      () => Math.round(performance.now() - startedAtMs),
      () => Math.round(performance.now() - startedAtMs),
    ),
    pause(LOGOUT_LIMIT_MS, null),
  ]);
  await pause(2_000);
  const { opened, highestOpen, openNow: leftOpen } = backend.counts;
  const reaction = { outcome, opened, highestOpen, logoutMs, leftOpen, uncaught: uncaught() - before };
  stage.client.giveUp();
  await backend.close();
  return reaction;
}

const LOGOUT_LIMIT_MS = 10_000;
