import { writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { createChatClient, type User, type UserRepository, type WebSocketClass } from '../../../src/index.ts';
import { fileRepository } from '../../../src/repository/file.ts';
import { interceptFileCalls } from './file-calls.ts';

/*
 * A client's life on a file: restore, login, token refresh, switch, logout. It kills itself at one file call, before or
 * after it, or half-way through a write: `node crash-child.cjs <file> <call number> before|half|after`. What it has done
 * stands on stdout, a line each, and is there before anything else happens.
 */

const [file = '', killAt = '0', when = 'before'] = process.argv.slice(2);
const apiKey = 'key';
const print = (line: string) => writeSync(1, `${line}\n`);

let callCount = 0;
interceptFileCalls(dirname(file), async ({ name, proceed, proceedHalf }) => {
  callCount += 1;
  if (callCount !== Number(killAt)) return proceed();
  print(`killed ${when} ${name}`);
  if (when === 'after') await proceed();
  if (when === 'half') await (proceedHalf ?? proceed)();
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
});

/** Sends the hello at once. */
class Socket {
  static current: Socket | null = null;
  readyState = 0;
  onopen: ((event: object) => void) | null = null;
  onmessage: ((event: { readonly data: string }) => void) | null = null;
  onerror: ((event: object) => void) | null = null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null;

  constructor(url: string) {
    Socket.current = this;
    const { user_id: id } = JSON.parse(new URL(url).searchParams.get('json') ?? '{}') as { readonly user_id: string };
    setImmediate(() => {
      this.readyState = 1;
      this.onopen?.({});
      this.receive({ type: 'health.check', connection_id: 'connection', me: { id } });
    });
  }

  receive(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  send(): void {}

  close(code = 1000): void {
    this.readyState = 3;
    setImmediate(() => this.onclose?.({ code, reason: '' }));
  }
}

const inBase64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const tokenOf = ({ id }: User) => `${inBase64({ alg: 'none' })}.${inBase64({ user_id: id })}.signature`;

/** The repository, whose every change is printed as it begins and when it has succeeded. */
function printing(repository: UserRepository): UserRepository & { readonly saved: () => Promise<void> } {
  let onSaved: () => void = () => {};
  return {
    ...repository,
    saved: () =>
      new Promise((resolve) => {
        onSaved = resolve;
      }),
    async setCurrentUser(user) {
      print(`saving ${user.id}`);
      await repository.setCurrentUser(user);
      print(`saved ${user.id}`);
      onSaved();
    },
    async clearCurrentUser() {
      print('clearing');
      await repository.clearCurrentUser();
      print('cleared');
    },
  };
}

void (async () => {
  const repository = printing(fileRepository(file, { apiKey }));
  const client = createChatClient({
    apiKey,
    baseUrl: 'http://backend.test',
    WebSocket: Socket as unknown as WebSocketClass,
    tokenProvider: tokenOf,
    userRepository: repository,
    timing: { backoffBaseMs: 10, backoffCapMs: 10, quickRetryMs: 10 },
    onDiagnostic: ({ source, failure }) => {
      if (source === 'repository') print(`failed ${failure.code}: ${failure.message}`);
    },
  });
  const restored = await client.restore();
  print(`restored ${restored.success ? restored.value?.id : restored.error.code}`);
  if (restored.success && restored.value !== null) await client.disconnect().orThrow();

  const aliceSaved = repository.saved();
  await client.connectUser({ id: 'alice', biography: 'alice '.repeat(2_000) }).orThrow();
  await aliceSaved;
  const refreshed = new Promise<void>((resolve) => {
    let wasLost = false;
    client.subscribe(({ status }) => {
      wasLost ||= status !== 'online';
      if (wasLost && status === 'online') resolve();
    });
  });
  Socket.current?.receive({ type: 'connection.error', error: { code: 40, StatusCode: 401, message: 'expired' } });
  await refreshed;
  const bobSaved = repository.saved();
  await client.switchUser({ id: 'bob', biography: 'bob '.repeat(3_000) }).orThrow();
  await bobSaved;
  await client.disconnect().orThrow();
  await client.dispose();
  print(`done ${callCount}`);
})();
