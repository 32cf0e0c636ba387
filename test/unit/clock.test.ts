import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { PatientTimers, systemClock, wallOffsetMs } from '../../src/clock.ts';
import { type ChatClientOptions, createChatClient, type Diagnostic, memoryRepository } from '../../src/index.ts';
import { fileRepository } from '../../src/node.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { startWorld, until } from '../kit/world.ts';
import { jwt } from './token/jwt.ts';

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

it('the clock of the platform shows that the wall clock was set, where the platform has another one', () => {
  onTestFinished(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });
  const before = wallOffsetMs(systemClock);
  const now = Date.now();
  vi.spyOn(Date, 'now').mockReturnValue(now + 3_600_000);
  expect(wallOffsetMs(systemClock) - before).toBeGreaterThan(3_500_000);
  vi.stubGlobal('performance', undefined);
  expect(wallOffsetMs(systemClock)).toBe(0);
});

describe('law 8: a thread that is busy while a reply arrives', () => {
  /** The thread waits, so that the other tests have its core. */
  const block = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

  /** What reads its reply from a file, which the platform does on another thread; `started` once it does. */
  async function setUp(reply: string) {
    const folder = await mkdtemp(join(tmpdir(), 'sessionchart-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'reply.txt');
    await writeFile(file, reply);
    let start = () => {};
    const started = new Promise<void>((resolve) => {
      start = resolve;
    });
    const read = () => {
      start();
      return readFile(file, 'utf8');
    };
    const client = (options: Partial<ChatClientOptions>) => {
      const created = createChatClient({ apiKey: 'key', baseUrl: 'http://127.0.0.1:9', WebSocket, ...options });
      onTestFinished(() => void created.dispose());
      return created;
    };
    return { folder, read, started, client };
  }

  it('does not end a restore by its time-out', async () => {
    const { folder, client: create } = await setUp('');
    const userRepository = fileRepository(join(folder, 'user.json'), { apiKey: 'key' });
    await userRepository.setCurrentUser({ id: 'alice' });
    const client = create({
      tokenProvider: () => new Promise<string>(() => {}),
      userRepository,
      timing: { restoreTimeoutMs: 500 },
    });
    const restoring = client.restore();
    block(700);
    expect(await restoring).toMatchObject({ success: true, value: { id: 'alice' } });
  });

  it('does not end a first login by the time-out of its token', async () => {
    const { read, started, client: create } = await setUp(jwt({ user_id: 'alice' }));
    const client = create({ tokenProvider: read, timing: { tokenTimeoutMs: 500 } });
    void client.connectUser({ id: 'alice' }).enqueue(() => {});
    await started;
    block(700);
    // With the token, what fails is the socket, for which nothing listens.
    const { error } = await until(client, (snapshot) => snapshot.error !== null);
    expect(error?.code).not.toBe('tokenTimedOut');
  });

  it('does not end a request by its time-out', async () => {
    const { read, started, client: create } = await setUp('reply');
    const client = create({
      tokenProvider: async () => jwt({ user_id: 'alice' }),
      fetch: async () => new Response(await read()),
    });
    void client.connectUser({ id: 'alice' }).enqueue(() => {});
    const request = client.request('/x', { timeoutMs: 500 });
    await started;
    block(700);
    expect(await request).toMatchObject({ success: true });
  });

  it('does not report a save that was done', async () => {
    const { read, started } = await setUp('');
    const { client: create } = await startWorld();
    const diagnostics: Diagnostic[] = [];
    const repository = memoryRepository();
    const client = create({
      userRepository: {
        ...repository,
        setCurrentUser: async (user) => {
          await read();
          await repository.setCurrentUser(user);
        },
      },
      timing: { storageWriteTimeoutMs: 500 },
      onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    });
    void client.connectUser({ id: 'alice' }).enqueue(() => {});
    await started;
    block(700);
    await vi.waitUntil(async () => (await repository.getCurrentUser()) !== null);
    expect(diagnostics.filter(({ source }) => source === 'repository')).toEqual([]);
  });
});
