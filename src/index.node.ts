/*
 * sessionchart as Node gets it, by the condition `node`: the same, and the class of `ws` is the default WebSocket. Node
 * before 22 has none, and its own could not be given up: a session that has ended would hold the process.
 */
import { WebSocket } from 'ws';
import { setPlatformSockets } from './client/default-socket.ts';
import { classOnNode, openNative } from './client/native-socket.ts';

export * from './index.ts';

setPlatformSockets({ classFor: (own) => classOnNode(own, WebSocket), open: openNative });
