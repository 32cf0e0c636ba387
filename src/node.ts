/*
 * What a session needs on Node in addition to `sessionchart`: a file for the stored user, and a WebSocket, which Node has only
 * from 22 on.
 */
import type { ClientRequest } from 'node:http';
import { WebSocket as WsWebSocket } from 'ws';
import type { WebSocketClass } from './client/options.ts';
import { type StudioOptions, studio as studioByPlatform } from './inspect/studio.ts';

export { type FileRepositoryOptions, fileRepository } from './repository/file.ts';
export type { StudioOptions };

/**
 * The class of the `ws` package, for the option `WebSocket`. Its third argument, the option `webSocketOptions`, takes
 * `agent` (proxies, certificates) and `headers`, which the platform's own class cannot.
 */
export const WebSocket: WebSocketClass = WsWebSocket;

/** As `studio` of `sessionchart`, by a socket that does not keep the process alive. */
export function studio(options: StudioOptions = {}): ReturnType<typeof studioByPlatform> {
  return studioByPlatform({ WebSocket: IdleWebSocket, ...options });
}

class IdleWebSocket extends WsWebSocket {
  constructor(url: string) {
    super(url, IDLE_OPTIONS);
  }
}

const IDLE_OPTIONS = {
  perMessageDeflate: false,
  closeTimeout: 500,
  finishRequest(request: ClientRequest) {
    request.on('socket', (socket) => socket.unref());
    request.end();
  },
};
