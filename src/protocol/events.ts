import { textOf } from '../text.ts';
import type { WireData } from './protocol.ts';

/**
 * The types of chat events. Empty here: an app adds its own by declaration merging, and `on('message.new', …)` is then
 * typed.
 *
 * ```ts
 * declare module 'sessionchart' {
 *   interface ChatEvents { 'message.new': { cid: string; message: { text: string } } }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is filled by declaration merging
export interface ChatEvents {}

/** An event from the server: an object with a `type`, otherwise as the protocol decoded it. */
export interface ChatEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The message in a frame of JSON, text or binary: an object with a `type`. `null` for anything else; never throws. */
export function jsonOf(data: WireData): ChatEvent | null {
  try {
    const message = JSON.parse(textOf(data) ?? '');
    return typeof message?.type === 'string' ? message : null;
  } catch {
    return null;
  }
}
