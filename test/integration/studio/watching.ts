import { createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect';
import { onTestFinished, vi } from 'vitest';
import { type StudioServer, type StudioServerOptions, startStudio } from '../../../src/tools/studio/index.ts';

/** A frame as a receiver of `@statelyai/inspect` gets it, with what the relay adds. */
export interface ReceivedFrame {
  readonly type: string;
  readonly sessionId: string;
  readonly rootId: string;
  readonly name?: string;
  readonly parentId?: string;
  readonly sourceId?: string;
  readonly definition?: string;
  readonly event?: { readonly type: string };
  readonly snapshot?: { readonly value?: unknown; readonly status?: string; readonly context?: unknown };
  readonly sender?: { readonly name: string };
}

export async function openStudio(options: StudioServerOptions = {}): Promise<StudioServer> {
  const studio = await startStudio({ port: 0, ...options });
  onTestFinished(() => studio.close());
  return studio;
}

/** A page, as `@statelyai/inspect` has it: its own receiver. */
export function receive(relayUrl: string): ReceivedFrame[] {
  const frames: ReceivedFrame[] = [];
  createWebSocketReceiver({ server: relayUrl }).subscribe((frame: StatelyInspectionEvent) => {
    frames.push(frame as unknown as ReceivedFrame);
  });
  return frames;
}

/** The state of the chart as the newest of its snapshots says it. */
export function stateOf(frames: readonly ReceivedFrame[], rootId?: string): unknown {
  return frames.findLast(
    ({ type, sessionId, rootId: root }) =>
      type === '@xstate.snapshot' && sessionId === root && (rootId === undefined || root === rootId),
  )?.snapshot?.value;
}

export async function untilState(frames: readonly ReceivedFrame[], state: unknown, rootId?: string): Promise<void> {
  await vi.waitFor(
    () => {
      if (JSON.stringify(stateOf(frames, rootId)) !== JSON.stringify(state)) throw new Error('not yet');
    },
    { interval: 5 },
  );
}

export const CONNECTED = { connected: 'healthy' };
