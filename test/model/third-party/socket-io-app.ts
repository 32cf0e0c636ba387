import { io, type Socket } from 'socket.io-client';

export type TokenProvider = () => Promise<string>;

/**
 * An app around `socket.io-client`, as apps write it: one socket for each login, a token that is kept until the next
 * one, reconnects left to the library. Where the library gives a socket up, no one is logged in any more.
 */
export class SocketIoApp {
  userId: string | null = null;
  socket: Socket | null = null;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  login(userId: string, provider: TokenProvider): void {
    let token: string | null = null;
    const socket = io(this.#url, {
      forceNew: true,
      transports: ['websocket'],
      reconnectionDelay: 5,
      reconnectionDelayMax: 5,
      randomizationFactor: 0,
      auth: async (send) => {
        try {
          token ??= await provider();
          send({ token });
        } catch {
          this.#end(socket);
        }
      },
    });
    const endIfGivenUp = () => {
      if (!socket.active) this.#end(socket);
    };
    socket.on('disconnect', endIfGivenUp);
    socket.on('connect_error', endIfGivenUp);
    this.userId = userId;
    this.socket = socket;
  }

  logout(): void {
    if (this.socket !== null) this.#end(this.socket);
  }

  #end(socket: Socket): void {
    socket.disconnect();
    if (socket !== this.socket) return;
    this.userId = null;
    this.socket = null;
  }
}
