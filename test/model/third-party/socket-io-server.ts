import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ExtendedError, Server, type Socket } from 'socket.io';

export interface HeldHello {
  readonly socket: Socket;
  readonly answer: (refusal?: ExtendedError) => void;
}

interface Knock {
  readonly answer: (isLetIn: boolean) => void;
}

/** A `socket.io` server that keeps a client waiting at its door, and then for the hello. */
export class SocketIoServer {
  readonly url: string;
  /** Clients that ask for a transport and have not been let in. */
  readonly knocks: Knock[] = [];
  readonly hellos: HeldHello[] = [];
  /** The most transports that were open or asked for at the same time. */
  highestOpen = 0;
  /** The last one to come with a token, whatever became of it. */
  newest: Socket | null = null;
  readonly #io: Server;

  /** `onToken` is called with each token that arrives. */
  static async start(onToken: (token: unknown) => void): Promise<SocketIoServer> {
    const http = createServer();
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const server = new Server({
      transports: ['websocket'],
      allowRequest: (request, decide) => started.#hold(request, decide),
    });
    const { port } = http.address() as AddressInfo;
    const started: SocketIoServer = new SocketIoServer(server, `http://127.0.0.1:${port}`);
    server.use((socket, next) => {
      started.newest = socket;
      started.hellos.push({ socket, answer: next });
      onToken(socket.handshake.auth.token);
    });
    server.attach(http);
    return started;
  }

  private constructor(io: Server, url: string) {
    this.#io = io;
    this.url = url;
  }

  get openNow(): number {
    return this.#io.engine.clientsCount + this.knocks.length;
  }

  /** Those who were reported hello and are still there. */
  get welcomed(): readonly Socket[] {
    return [...this.#io.sockets.sockets.values()];
  }

  async close(): Promise<void> {
    for (const { answer } of this.knocks) answer(false);
    await this.#io.close();
  }

  #hold({ socket }: IncomingMessage, decide: (message: null, isLetIn: boolean) => void): void {
    const leave = () => {
      const index = this.knocks.indexOf(knock);
      if (index >= 0) this.knocks.splice(index, 1);
    };
    const knock: Knock = {
      answer: (isLetIn) => {
        leave();
        decide(null, isLetIn);
      },
    };
    this.knocks.push(knock);
    socket.once('close', leave);
    this.highestOpen = Math.max(this.highestOpen, this.openNow);
  }
}
