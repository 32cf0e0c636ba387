import { until } from '../../kit/until.ts';
import type { Site } from './site.ts';

/*
 * A way into every leaf state, in which it stays for a while.
 */

export const ALICE = { id: 'alice', name: 'Alice' };

export interface EnteredState {
  readonly name: string;
  /** The user who is stored before the start. */
  readonly stored: boolean;
  readonly enter: (site: Site) => Promise<void>;
}

export const STATES: readonly EnteredState[] = [
  {
    name: 'restoring',
    stored: true,
    async enter(site) {
      site.storage.load = 'hangs';
      site.track('restore', site.client.restore());
    },
  },
  {
    name: 'loggedOut',
    stored: false,
    async enter(site) {
      site.track('restore', site.client.restore());
    },
  },
  {
    name: 'loadingToken',
    stored: false,
    async enter(site) {
      site.provider = 'hangs';
      connect(site);
    },
  },
  {
    name: 'connecting.opening',
    stored: false,
    async enter(site) {
      site.server.faults.cause({ type: 'withholdHello' });
      connect(site);
    },
  },
  {
    name: 'connecting.waiting',
    stored: false,
    async enter(site) {
      await goOnline(site);
      site.server.faults.cause({ type: 'refuseUpgrade', status: 429, retryAfterSeconds: 1 });
      site.server.faults.cause({ type: 'dropSockets' });
      await site.server.until(() => site.server.counts().upgradesRefused > 0);
    },
  },
  {
    name: 'connecting.offline',
    stored: false,
    async enter(site) {
      await goOnline(site);
      site.change('offline');
      site.server.faults.cause({ type: 'dropSockets' });
    },
  },
  {
    name: 'connecting.suspended',
    stored: false,
    async enter(site) {
      await goOnline(site);
      site.track('suspend', site.client.suspend());
    },
  },
  { name: 'connected.healthy', stored: false, enter: goOnline },
  {
    name: 'connected.probing',
    stored: false,
    async enter(site) {
      await goOnline(site);
      site.server.faults.cause({ type: 'goSilent' });
      site.change('woke');
    },
  },
  {
    name: 'disconnecting.forgetting',
    stored: false,
    async enter(site) {
      await goOnline(site);
      site.storage.clear = 'hangs';
      site.track('disconnect', site.client.disconnect());
    },
  },
  {
    name: 'disconnecting.closing',
    stored: false,
    async enter(site) {
      await goOnline(site);
      site.server.faults.cause({ type: 'ignoreClose' });
      site.track('disconnect', site.client.disconnect());
    },
  },
];

function connect(site: Site): void {
  site.track('connectUser', site.client.connectUser(ALICE, undefined, { timeoutMs: 5_000 }));
}

async function goOnline(site: Site): Promise<void> {
  connect(site);
  await until(site.client, ({ state }) => state === 'connected.healthy');
  await site.server.until(() => site.stored !== null);
}
