import { alice, bob, must, type Stage, type Stories, same } from '../harness.ts';
import { ways } from '../setups.ts';

/** Where a write may still be under way though the socket is gone. */
const unconnected: Readonly<Record<string, (s: Stage) => void>> = {
  'connecting.waiting': ({ backend }) => backend.closeSockets(),
  loadingToken: ({ backend }) => {
    backend.provider = 'hangs';
    backend.sendError(40);
  },
};

/** The actors start anew: React's StrictMode stops and starts them, and a crashed one comes back the same way. */
export const RESTART: Stories = {
  'a client actor that starts anew is reported what there is to do, wherever the session is': async (stage) => {
    for (const [name, goThere] of Object.entries(ways)) {
      const s = stage();
      await s.online();
      await goThere(s);
      const { status } = s.now;
      s.restart('client');
      await s.settle();
      if (['waiting', 'offline', 'suspended'].includes(status)) same(s.now.status, status, name);
      s.backend.heal();
      if (status === 'suspended') await s.value(s.client.resume(), 0);
      await s.until('online', 61_000);
      same([s.backend.openNow, s.now.user, s.backend.stored], [1, alice, alice], name);
      await s.value(s.client.disconnect(), 1_100);
    }
  },
  'a persistence actor that starts anew watches again, wherever the session is': async (stage) => {
    for (const [name, goThere] of Object.entries(ways)) {
      const s = stage();
      await s.online();
      await goThere(s);
      s.restart('persistence');
      await s.settle();
      s.backend.storeElsewhere(bob);
      await s.until('loggedOut', 1_100);
      same([s.now.error?.code, s.backend.stored], ['loggedOutElsewhere', bob], name);
    }
  },
  'a write that a restart cuts off is made again, and restoring goes on': async (stage) => {
    const s = stage();
    s.backend.disk.save = 'hangs';
    await s.value(s.client.connectUser(alice));
    s.restart('persistence');
    s.backend.disk.save = 'none';
    s.backend.unhang();
    await s.pass(100);
    same([s.backend.stored, s.now.storageError], [alice, null]);
    s.backend.storeElsewhere(null);
    await s.until('loggedOut', 1_100);

    for (const [status, loseConnection] of Object.entries(unconnected)) {
      const away = stage();
      away.backend.disk.save = 'hangs';
      await away.value(away.client.connectUser(alice));
      loseConnection(away);
      await away.until(({ state }) => state.startsWith(status), 3_100);
      away.restart('persistence');
      away.backend.disk.save = 'none';
      away.backend.unhang();
      await away.settle();
      same([away.backend.stored, away.now.storageError], [alice, null], status);
      away.backend.storeElsewhere(null);
      await away.until('loggedOut', 1_100);
      same(away.now.error?.code, 'loggedOutElsewhere', status);
    }

    const restoring = stage({ stored: alice });
    restoring.backend.disk.load = 'hangs';
    const call = restoring.client.restore();
    await restoring.settle();
    restoring.restart('persistence');
    restoring.restart('client');
    restoring.backend.disk.load = 'none';
    restoring.backend.unhang();
    same(await restoring.value(call, 3_000), alice);
    await restoring.until('online', 100);
  },
  'a logout is brought to its end by actors that start anew in the middle of it': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.disk.clear = 'hangs';
    const call = s.client.disconnect();
    await s.settle();
    s.restart('persistence');
    s.backend.disk.clear = 'none';
    s.backend.unhang();
    s.backend.answersClose = false;
    await s.pass(10);
    s.restart('client');
    await s.value(call, 1_100);
    same([s.now.status, s.backend.stored, s.backend.openNow], ['loggedOut', null, 0]);
  },
  'advice of the server that was followed is not followed twice, also with a token to be had first': async (stage) => {
    for (const away of [false, true]) {
      const s = stage();
      await s.online();
      s.backend.welcome = { kind: 'error', code: 9, retryAfterSeconds: 100 };
      if (away) s.backend.change('offline');
      s.backend.closeSockets();
      await s.until(({ error }) => error?.code === 'rateLimited', 64_000);
      s.restart('client');
      s.backend.provider = 'throws';
      await s.until(({ error }) => error?.code === 'tokenUnavailable', 170_000);
      const waitMs = (s.now.nextAttemptAt ?? Number.NaN) - s.backend.clock.now();
      must(waitMs <= (away ? 60_000 : 30_000), `an ordinary wait, but ${waitMs} ms`);
    }
  },
};
