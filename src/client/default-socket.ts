import type { Socket, SocketRequest } from '../actors/dependencies.ts';
import type { WebSocketClass } from './options.ts';

/** What the core gets on Node, so that no other bundle has it. */
export interface SocketsOfNode {
  /** The default in place of Node's and Deno's own, which cannot be given up: they have no `terminate()`. */
  readonly WebSocket: WebSocketClass;
  /** Opens a socket of Node's own class that can be; `null` where `Class` is another one. */
  open(Class: unknown, request: SocketRequest): Socket | null;
}

let onNode: SocketsOfNode | null = null;

export function setSocketsOfNode(sockets: SocketsOfNode): void {
  onNode = sockets;
}

export function openOfNode(Class: unknown, request: SocketRequest): Socket | null {
  return onNode === null ? null : onNode.open(Class, request);
}

/** The class that a client takes where its options name none: read at its first use, so that doubles are taken. */
export function defaultSocket(): WebSocketClass | undefined {
  const own = globalThis.WebSocket as unknown as WebSocketClass | undefined;
  return onNode !== null && (own === undefined || isOfNode(own)) ? onNode.WebSocket : own;
}

/** By the words of its source (Deno's is minified): it has nothing else that a double or a polyfill would lack. */
function isOfNode(Class: WebSocketClass): boolean {
  return /\bwebidl\b|\.brand\]/.test(Function.prototype.toString.call(Class));
}
