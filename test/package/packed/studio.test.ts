import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { bin } from '../../kit/app.ts';
import { startStudio } from '../../kit/packed-studio.ts';

/*
 * `sessionchart studio` and programs that show themselves in it, as an app gets them.
 */

describe('sessionchart studio', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 0],
  ] as const)('serves until %s, and ends cleanly with a page open, with %i', async (signal, code) => {
    const { url, relayUrl, child } = await startStudio();
    expect(await (await fetch(`${url}/config.json`)).json()).toEqual({ relay: relayUrl });
    const page = new WebSocket(relayUrl);
    await once(page, 'open');
    const closed = once(page, 'close');
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([code, null]);
    expect(await closed).toMatchObject([1001, expect.anything()]);
  });

  it('serves the built page with everything that it loads, as it was packed', async () => {
    const { url } = await startStudio();
    const page = await fetch(`${url}/`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const text = await page.text();
    const assets = [...text.matchAll(/(?:src|href)="(\.[^"]+)"/g)].map(([, path = '']) => path);
    expect(assets.map((path) => path.split('.').at(-1)).sort()).toEqual(['css', 'js']);
    for (const path of assets) {
      const asset = await fetch(new URL(path, `${url}/`));
      expect([path, asset.status, (await asset.text()).length > 1_000]).toEqual([path, 200, true]);
    }
  });

  it('starts a development server for the page when asked to', async () => {
    const { url, devServerUrl, child } = await startStudio('--dev-server');
    const config = (await (await fetch(`${url}/config.json`)).json()) as { devServer: { url: string; apiKey: string } };
    expect(config.devServer).toEqual({ url: devServerUrl, apiKey: expect.any(String) });
    const statusFor = async (Origin: string) =>
      (await fetch(`${devServerUrl}/dev/state`, { headers: { Origin } })).status;
    expect([await statusFor(url), await statusFor('http://localhost:5173')]).toEqual([200, 403]);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('says that a port is taken, and ends with 1', async () => {
    const { url } = await startStudio();
    const second = spawn(process.execPath, [bin, 'studio', '--port', new URL(url).port]);
    const [text] = (await once(second.stderr, 'data')) as [Buffer];
    expect(text.toString()).toContain('the port is taken');
    expect(await once(second, 'exit')).toEqual([1, null]);
  });
});
