import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { memoryRepository } from '../../../src/index.ts';
import { fileRepository } from '../../../src/node.ts';
import {
  type ConnectRecord,
  type DevServer,
  type Fault,
  type FaultHandle,
  startDevServer,
} from '../../../src/tools/devserver/index.ts';
import type { ConditionSignal } from './condition-signal.ts';
import { NodeWire } from './node-wire.ts';
import type { RealBackend } from './world.ts';

/** The development server, with the user stored in memory or in a file. */
export const devServer =
  (storage: 'memory' | 'file') =>
  async (bell: ConditionSignal): Promise<RealBackend> => {
    const server = await startDevServer();
    const { apiKey, url: baseUrl } = server;
    const wire = new DevServerWire(server, bell);
    const folder = storage === 'file' ? await mkdtemp(join(tmpdir(), 'sessionchart-model-')) : null;
    return {
      server,
      wire,
      tokens: server,
      repository: folder === null ? memoryRepository() : fileRepository(join(folder, 'user.json'), { apiKey }),
      platform: { apiKey, baseUrl, WebSocket: wire.WebSocket },
      stop: async () => {
        await server.close();
        if (folder !== null) await rm(folder, { recursive: true });
      },
    };
  };

/** The server's end of one connect. */
interface ServerEnd {
  readonly record: ConnectRecord;
  /** Withholds its hello. */
  readonly hello: FaultHandle;
}

/** What the client sends is lost: the server would answer pings by itself. */
class MuteSocket extends WebSocket {
  override send(): void {}
}

class DevServerWire extends NodeWire {
  readonly #server: DevServer;
  readonly #ends: ServerEnd[] = [];

  constructor(server: DevServer, bell: ConditionSignal) {
    super(bell, MuteSocket);
    this.#server = server;
    server.on((event) => {
      if (event.type === 'opened') this.#meet(event.connect);
      bell.ring();
    });
  }

  #meet(record: ConnectRecord): void {
    for (const { hello } of this.#ends) if (hello.state.hits === 0) hello.lift();
    this.#cause({ type: 'ignoreClose', on: 'next' });
    this.#ends.push({ record, hello: this.#cause({ type: 'withholdHello' }) });
  }

  override get newestConnect(): ConnectRecord | undefined {
    return this.#ends.at(-1)?.record;
  }

  protected override get peer(): ConnectRecord | undefined {
    return this.newestConnect;
  }

  protected override get isLoginRead(): boolean {
    return (this.#ends.at(-1)?.hello.state.hits ?? 0) > 0;
  }

  protected override get openNow(): number {
    return this.#server.counts().openNow;
  }

  override hello(): void {
    const end = this.#ends.at(-1);
    if (end !== undefined && end.hello.state.held > 0) end.hello.release();
    else this.#cause({ type: 'secondHello' });
  }

  override drop(): void {
    this.#cause({ type: 'dropSockets' });
  }

  override end(): void {
    this.#cause({ type: 'closeSockets', closeCode: 1000 });
  }

  /** The socket stays open: it is for the client to close it. */
  override refuse(code: number, retryAfterSeconds?: number): void {
    this.#cause({ type: 'sendError', code, closeCode: null, ...(retryAfterSeconds && { retryAfterSeconds }) });
  }

  override push(): void {
    this.#cause({ type: 'sendFrame', frame: { kind: 'json', value: { type: 'note.new' } } });
  }

  #cause(fault: Fault): FaultHandle {
    return this.#server.faults.cause(fault);
  }
}
