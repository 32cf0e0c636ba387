import type { Chat } from './chat.ts';
import type { EventLog } from './event-log.ts';
import type { FaultRegistry } from './fault-registry.ts';
import type { Login } from './login.ts';
import type { DevServerOptions } from './types.ts';

/** What the parts of one server share. */
export interface Parts extends Required<DevServerOptions> {
  readonly chat: Chat;
  readonly faults: FaultRegistry;
  readonly log: EventLog;
  readonly login: Login;
}
