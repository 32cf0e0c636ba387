import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, vi } from 'vitest';
import { WebSocket, type WebSocketServer } from 'ws';
import {
  type ChatClient,
  type ChatClientOptions,
  type ClientOf,
  createProtocolClient,
  guests,
  type Protocol,
  requests,
} from '../../../src/index.ts';

/** Short waits: these tests are on real sockets and real time. */
export const FAST = { backoffBaseMs: 20, backoffCapMs: 100, quickRetryMs: 20, closeTimeoutMs: 100, stableAfterMs: 50 };

/** Waits until the server listens; it is stopped after the test. Returns its port. */
export async function listening(server: WebSocketServer): Promise<number> {
  if (server.address() === null) await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => stop(server));
  return (server.address() as AddressInfo).port;
}

export function stop(server: WebSocketServer): Promise<void> {
  for (const socket of server.clients) socket.terminate();
  return new Promise((resolve) => server.close(() => resolve()));
}

export function clientOf<P extends Protocol<never>>(protocol: P, options: Partial<ChatClientOptions>): ClientOf<P> {
  const client = createProtocolClient<P>({ WebSocket, requests, guests, timing: FAST, ...options, protocol });
  onTestFinished(async () => {
    await client.dispose();
  });
  return client;
}

export const isOnline = (client: ChatClient) => vi.waitFor(() => expect(client.getSnapshot().status).toBe('online'));

export const isAway = (client: ChatClient) => vi.waitFor(() => expect(client.getSnapshot().status).not.toBe('online'));
