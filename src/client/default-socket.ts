import type { Socket, SocketRequest } from '../actors/dependencies.ts';
import type { WebSocketClass } from './options.ts';

/** The sockets of a platform, where an app does not choose. */
export interface PlatformSockets {
  /** The class that is used in the place of the platform's `own`, if there is one. */
  classFor(own: WebSocketClass | undefined): WebSocketClass | undefined;
  /** Opens a socket of the platform's own class that can be given up; `null` where `Class` is another one. */
  open(Class: unknown, request: SocketRequest): Socket | null;
}

let sockets: PlatformSockets = { classFor: (own) => own, open: () => null };

/** Node has others, which no other bundle has. */
export function setPlatformSockets(platform: PlatformSockets): void {
  sockets = platform;
}

export function openNatively(Class: unknown, request: SocketRequest): Socket | null {
  return sockets.open(Class, request);
}

/** The class that a client takes where its options name none: read at its first use, so that doubles are taken. */
export function defaultSocket(): WebSocketClass | undefined {
  return sockets.classFor(globalThis.WebSocket as unknown as WebSocketClass | undefined);
}
