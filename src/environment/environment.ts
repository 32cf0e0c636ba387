/**
 * What a session reads of the device it runs on. One plain shared source serves every client in a process.
 *
 * - `online` / `offline`: the network interface; `offline` is trusted, `online` proves nothing and gates nothing.
 * - `background` / `foreground`: whether the app is visible. A session in the background keeps its socket, and
 *   spaces its retries out.
 * - `frozen` / `thawed`: the app is about to stop running (a page enters the back/forward cache, a mobile app is
 *   suspended); no socket is held meanwhile.
 * - `woke`: the device slept and runs again.
 */
export type EnvironmentChange = 'online' | 'offline' | 'background' | 'foreground' | 'frozen' | 'thawed' | 'woke';

export interface EnvironmentReading {
  /** `false` only when the device reports that it has no network. */
  readonly online: boolean;
  readonly foreground: boolean;
  /** `true` where a session may hold no socket now, as after `frozen`. Default `false`. */
  readonly frozen?: boolean | undefined;
}

export interface Environment {
  /** The situation now. Must not throw. */
  read(): EnvironmentReading;
  /** Calls `listener` for every change until the returned function is called. Nothing is listened to without subscribers. */
  subscribe(listener: (change: EnvironmentChange) => void): () => void;
}
