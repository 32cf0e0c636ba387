import type { InspectionEvent } from 'xstate';
import type { WebSocketClass } from '../client/options.ts';
import { type Checks, readMembers } from '../input.ts';
import { Backlog } from './backlog.ts';
import { toFrame, toText } from './frames.ts';

/** Where the studio listens by default. */
export const STUDIO_URL = 'ws://127.0.0.1:8789';

export interface StudioOptions {
  /** Where the studio is: `ws://host[:port]`. Default `ws://127.0.0.1:8789`, where `sessionchart studio` listens. */
  readonly url?: string | undefined;
  /** How the studio calls this program. Default: where the program comes from, as far as the studio can see. */
  readonly name?: string | undefined;
  /** Default: the platform's `WebSocket`; where there is none, nothing is sent, and one warning on the console reports it. */
  readonly WebSocket?: WebSocketClass | undefined;
}

/**
 * Shows a session in the studio: `createChatClient({ …, inspect: studio() })`, while `npx sessionchart studio` runs.
 *
 * It opens no socket before the session starts, and closes it when the last session it shows is disposed. It has no
 * timer: without a studio it tries again with a later event, less and less often, silently. What
 * happened meanwhile is kept, the newest 5,000 events of it. On Node take the one of `sessionchart/node`, which
 * does not keep the process alive.
 *
 * @throws SessionError `invalidArgument` that names the option.
 */
export function studio(options: StudioOptions = {}): (inspection: InspectionEvent) => void {
  const { url = STUDIO_URL, name, WebSocket } = readMembers(options, CHECKS);
  const address = `${url.replace(/\/$/, '')}/${name === undefined ? '' : `?name=${encodeURIComponent(name)}`}`;
  const backlog = new Backlog();
  let socket: InstanceType<WebSocketClass> | null = null;
  let failures = 0;
  let mayTryAtMs = 0;

  function open(nowMs: number): void {
    const Class = WebSocket ?? (globalThis.WebSocket as unknown as WebSocketClass | undefined);
    if (socket !== null || nowMs < mayTryAtMs) return;
    if (Class === undefined) {
      // biome-ignore lint/suspicious/noConsole: a developer who sees an empty studio has nowhere else to look
      console.warn(NO_WEBSOCKET);
      mayTryAtMs = Number.POSITIVE_INFINITY;
      return;
    }
    failures += 1;
    mayTryAtMs = nowMs + Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
    try {
      const own = new Class(address);
      socket = own;
      own.onopen = () => {
        failures = 0;
        for (const text of backlog.texts()) own.send(text as never);
        if (!backlog.isLive) own.close();
      };
      // In `ws` an error without a listener is thrown.
      own.onerror = () => {};
      own.onclose = () => {
        if (socket === own) socket = null;
      };
    } catch {
      socket = null;
    }
  }

  return (inspection) => {
    const nowMs = Date.now();
    const frame = toFrame(inspection, nowMs);
    if (frame === null) return;
    const text = toText(frame);
    backlog.add(frame, text);
    if (socket?.readyState === OPEN) {
      // The actors of a session are announced with its first snapshot.
      for (const pending of backlog.announced(frame, text)) socket.send(pending as never);
      if (!backlog.isLive) socket.close();
      // Building a client makes actors known; only a session that has started has anything to show.
    } else if (backlog.isLive) open(nowMs);
  };
}

const NO_WEBSOCKET =
  "studio() shows nothing: this platform has no WebSocket. On Node before 22 import studio from 'sessionchart/node', or pass the option WebSocket.";
const OPEN = 1;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

const CHECKS: Checks<StudioOptions> = {
  url: [(url) => typeof url === 'string' && /^wss?:\/\/[^\s/?#@]+\/?$/.test(url), 'ws://host[:port]'],
  name: [(name) => typeof name === 'string', 'a string'],
  WebSocket: [(Class) => typeof Class === 'function', 'a class'],
};
