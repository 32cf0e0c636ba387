import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { PatientTimers } from '../../src/clock.ts';
import { createChatClient } from '../../src/index.ts';
import { fileRepository } from '../../src/node.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

describe('a timer that bounds a reply', () => {
  const setUp = () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    const startedAtMs = clock.now();
    const graceful = new PatientTimers(clock);
    const handle = graceful.setTimeout(() => fired.push(clock.now() - startedAtMs), 3_000);
    return { clock, graceful, handle, fired };
  };

  it('fires on time', async () => {
    const { clock, fired } = setUp();
    await clock.advance(10_000);
    expect(fired).toEqual([3_000]);
  });

  it('that is overdue grants a short time more, once', async () => {
    const { clock, fired } = setUp();
    clock.sleep(5_000);
    await clock.step();
    expect(fired).toEqual([]);
    await clock.advance(10_000);
    expect(fired).toEqual([5_500]);
  });

  it('is cancelled at any time', async () => {
    for (const isLate of [false, true]) {
      const { clock, graceful, handle, fired } = setUp();
      if (isLate) {
        clock.sleep(5_000);
        await clock.step();
      }
      graceful.clearTimeout(handle);
      await clock.advance(10_000);
      expect([fired, clock.running]).toEqual([[], 0]);
    }
  });
});

describe('a thread that is busy while a reply arrives', () => {
  it('does not end a restore by its time-out', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sessionchart-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const userRepository = fileRepository(join(folder, 'user.json'), { apiKey: 'key' });
    await userRepository.setCurrentUser({ id: 'alice' });
    const client = createChatClient({
      apiKey: 'key',
      baseUrl: 'http://127.0.0.1:9',
      tokenProvider: () => new Promise<string>(() => {}),
      userRepository,
      WebSocket,
      timing: { restoreTimeoutMs: 500 },
    });
    onTestFinished(() => void client.dispose());
    const restoring = client.restore();
    const untilMs = Date.now() + 700;
    while (Date.now() < untilMs);
    expect(await restoring).toMatchObject({ success: true, value: { id: 'alice' } });
  });
});
