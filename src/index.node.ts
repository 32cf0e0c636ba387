/*
 * sessionchart as Node gets it, by the condition `node`: the same, and the class of `ws` is the default WebSocket. Node
 * before 22 has none, and its own could not be given up: a session that has ended would hold the process.
 */
import { WebSocket } from 'ws';
import { setSocketsOfNode } from './client/default-socket.ts';
import { openNative } from './client/native-socket.ts';

export * from './index.ts';

setSocketsOfNode({ WebSocket, open: openNative });
