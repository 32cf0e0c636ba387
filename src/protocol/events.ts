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
