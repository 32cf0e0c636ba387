import type { WebSocketClass } from './options.ts';

let onNode: WebSocketClass | null = null;

/** Makes `Class` the default in place of Node's and Deno's own, which cannot be given up: they have no `terminate()`. */
export function setSocketOfNode(Class: WebSocketClass): void {
  onNode = Class;
}

/** The class that a client takes where its options name none: read at its first use, so that doubles are taken. */
export function defaultSocket(): WebSocketClass | undefined {
  const own = globalThis.WebSocket as unknown as WebSocketClass | undefined;
  return onNode !== null && (own === undefined || isOfNode(own)) ? onNode : own;
}

/** By the words of its source (Deno's is minified): it has nothing else that a double or a polyfill would lack. */
function isOfNode(Class: WebSocketClass): boolean {
  return /\bwebidl\b|\.brand\]/.test(Function.prototype.toString.call(Class));
}
