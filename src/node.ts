/*
 * What a session needs on Node beside `sessionchart`: a file for the stored user, and a WebSocket, which Node has by itself only
 * from 22 on.
 */
import { WebSocket as WsWebSocket } from 'ws';
import type { WebSocketClass } from './client/options.ts';

export { type FileRepositoryOptions, fileRepository } from './repository/file.ts';

/**
 * The class of the `ws` package, for the option `WebSocket`. Its third argument, the option `webSocketOptions`, takes
 * `agent` (proxies, certificates) and `headers`, which the platform's own class cannot.
 */
export const WebSocket: WebSocketClass = WsWebSocket;
