import type { Page } from 'playwright-core';
import type { ChatClientOptions } from '../../../src/index.ts';
import { startWorld, until, WITHOUT_PROBES } from '../../kit/world.ts';
import { isIn, timeline } from './studio-setup.ts';

/** A session that is shown by these options lives from its restore to its end, and the page follows. */
export async function expectWholeLife(page: Page, options: Pick<ChatClientOptions, 'inspect'>): Promise<void> {
  await page.getByText('How a program shows its session').waitFor();
  const { server, client: create } = await startWorld({}, WITHOUT_PROBES);
  const client = create({ ...options, timing: { helloTimeoutMs: 400 } });
  await client.restore().orThrow();
  await isIn(page, 'loggedOut');
  await client.connectUser({ id: 'alice', name: 'Alice' }).orThrow();
  await isIn(page, 'connected.healthy');
  await page.locator('.program.chosen', { hasText: 'alice' }).waitFor();
  await page.locator('.status').getByText('online', { exact: true }).waitFor();
  await page.locator('.session-panel', { hasText: String(client.getSnapshot().connectionId) }).waitFor();
  await page
    .locator('.chart .was-taken', { hasText: 'hello.received' })
    .or(page.locator('.caption-last', { hasText: 'hello.received' }))
    .first()
    .waitFor();

  server.faults.cause({ type: 'withholdHello', times: 1 });
  server.faults.cause({ type: 'dropSockets' });
  await until(client, 'waiting');
  await until(client, 'online');
  await isIn(page, 'connected.healthy');
  const entries = timeline(page);
  for (const name of ['session.connect', 'token.loaded', 'socket.lost', 'retry.due', 'connecting.waiting']) {
    await page.getByLabel('Search the timeline').fill(name);
    await entries.getByText(name, { exact: true }).first().waitFor();
  }
  await client.disconnect().orThrow();
  await isIn(page, 'loggedOut');
  await client.dispose();
  await page
    .locator('.status')
    .getByText(/session stopped|program gone/)
    .waitFor();
}
