import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { DevServerState } from '../../../src/tools/devserver/index.ts';
import { openContext } from '../../kit/browser.ts';

describe('npm start', () => {
  let program: ChildProcess;
  let said = '';

  /** Resolves with what the program said, as soon as `pattern` is in it. */
  function printed(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(said);
        if (found !== null) resolve(found);
      };
      program.stdout?.on('data', look);
      program.once('exit', () => reject(new Error(`It ended, and said: ${said}`)));
      look();
    });
  }

  beforeAll(() => {
    program = spawn('npm', ['start', '--', '--port', '0'], {
      cwd: fileURLToPath(new URL('../../../', import.meta.url)),
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
      // A group of its own, so that npm ends together with what it started.
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    program.stdout?.on('data', (text) => {
      said += text;
    });
  });

  afterAll(async () => {
    if (program.pid !== undefined && program.exitCode === null) {
      const ended = new Promise((resolve) => program.once('exit', resolve));
      process.kill(-program.pid, 'SIGTERM');
      await ended;
    }
  });

  it('starts the development server and the page, says where they are, and the page logs in', async () => {
    const [, url = ''] = await printed(/Local: +(http:\S+)/);
    const [, serverUrl = ''] = await printed(/Development server +(http:\S+)/);
    const context = await openContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(url);
    await page.locator('[data-state="loggedOut"] [aria-current="true"]').waitFor();
    await page.locator('.commands').getByRole('button', { name: 'Log in' }).click();
    await page.locator('[data-state="connected.healthy"] [aria-current="true"]').waitFor();
    const state = (await (await fetch(`${serverUrl}/dev/state`)).json()) as DevServerState;
    expect(state.users.alice).toMatchObject({ opened: 1, openNow: 1 });
  });
});
