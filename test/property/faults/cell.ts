import { until } from '../../kit/until.ts';
import type { SiteFault } from './faults.ts';
import { Site } from './site.ts';
import { ALICE, type EnteredState } from './states.ts';

/** What became of one session that met faults in one state. */
export interface Outcome {
  readonly state: string;
  readonly faults: string;
  /** The state when the faults had been in force for a while. */
  readonly during: string;
  /** The state that it came to when everything worked again. */
  readonly end: string;
  /** Each call that was pending or made: `connectUser: success`. */
  readonly calls: string;
  readonly sockets: number;
  readonly writes: string;
  /** Laws that did not hold. */
  readonly violations: readonly string[];
}

/** How long faults are in force before the sockets drop, and after it. */
const IN_FORCE_MS = 200;

/**
 * Brings a session into `state`, applies the faults, has its sockets drop meanwhile, ends the faults, and checks the
 * laws: it comes back or says why not, a login works, a logout ends it, and nothing is left.
 */
export async function runCell(state: EnteredState, faults: readonly SiteFault[], settleMs = 10_000): Promise<Outcome> {
  const site = await enter(state);
  const { client, server } = site;
  const violations: string[] = [];
  let during = '';
  let end = '';

  async function expectLaw(law: string, check: () => Promise<unknown>): Promise<void> {
    try {
      await check();
    } catch (error) {
      violations.push(`${law}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  try {
    for (const fault of faults) await fault.apply(site);
    await new Promise((resolve) => setTimeout(resolve, IN_FORCE_MS));
    // Now the faults of the next connection attempt are met, too.
    server.faults.cause({ type: 'dropSockets' });
    await new Promise((resolve) => setTimeout(resolve, IN_FORCE_MS));
    during = client.getSnapshot().state;
    site.heal();
    site.track('resume', client.resume());

    await expectLaw('law 8', async () => {
      const { status } = await until(site.client, (snapshot) => SETTLED.includes(snapshot.status), settleMs);
      const { reason } = client.getSnapshot();
      end = status === 'online' ? 'online' : `${status} (${reason})`;
      // A session that was online ends only where the server's word is final.
      if (site.wasOnline && !isLogout(state) && status !== 'online' && !FINAL.includes(reason ?? ''))
        throw new Error(`it ended because of ${reason}`);
    });
    await expectLaw('law 3', () => settled(site));
    const isBack = client.getSnapshot().status === 'online';
    const { storageError } = client.getSnapshot();
    if (isBack && site.stored?.id !== ALICE.id && storageError === null)
      violations.push('law 7: the user who is online is not stored, and nothing says so');

    if (!isBack) {
      await expectLaw('law 8, with a login', async () => {
        const result = await client.connectUser(ALICE, undefined, { timeoutMs: settleMs });
        if (!result.success) throw result.error;
      });
    }
    await expectLaw('law 5', async () => {
      const result = await client.disconnect();
      if (!result.success) throw result.error;
    });
    if (site.stored !== null) violations.push('law 6: the user is still stored');
    await expectLaw('law 2', () => server.until(() => server.counts().openNow === 0));
    await client.dispose();
    if (site.listeners.size > 0) violations.push(`law 2: ${site.listeners.size} listeners are left`);
    const { highestOpen } = server.counts('alice');
    if (highestOpen > 1) violations.push(`law 1: ${highestOpen} sockets at once`);
    if (site.said.some((text) => /eyJ[\w-]+\.[\w-]+\./.test(text))) violations.push('law 9: a token was shown');
    if (site.falseHellos.length > 0) violations.push(`law 10: online as ${site.falseHellos.join(', ')}`);
  } catch (error) {
    violations.push(`the faults: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await site.close();
  }
  return {
    state: state.name,
    faults: faults.map(({ name }) => name).join(' + '),
    during,
    end,
    calls: site.calls.map(({ name, outcome }) => `${name}: ${outcome}`).join(', '),
    sockets: server.counts().opened,
    writes: `${site.writes.saves} saved, ${site.writes.clears} removed`,
    violations,
  };
}

const MOST_ENTRIES = 3;

/** A session in `state`. The bounds of a first login are short here, and a busy machine passes one now and then. */
async function enter(state: EnteredState, entries = 1): Promise<Site> {
  const site = await Site.start(state.stored ? ALICE : null);
  try {
    await state.enter(site);
    await until(site.client, (snapshot) => snapshot.state === state.name);
    return site;
  } catch (error) {
    await site.close();
    if (entries === MOST_ENTRIES) throw error;
    return enter(state, entries + 1);
  }
}

const isLogout = ({ name }: EnteredState): boolean => name.startsWith('disconnecting');

const FINAL: readonly string[] = ['userRejected', 'appRejected', 'loginTooLarge', 'endedByServer', 'tokenRejected'];

const SETTLED: readonly string[] = ['online', 'loggedOut', 'signInAgain'];

/** Resolves once every call has its result: each has a bound of its own. */
async function settled({ calls }: Site): Promise<void> {
  const endMs = Date.now() + 10_000;
  while (calls.some(({ outcome }) => outcome === 'pending')) {
    if (Date.now() > endMs) throw new Error(calls.map(({ name, outcome }) => `${name}: ${outcome}`).join(', '));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const rejected = calls.find(({ outcome }) => outcome.startsWith('rejected'));
  if (rejected !== undefined) throw new Error(`${rejected.name} ${rejected.outcome}`);
}
