export type { Fault, FaultHandle, FaultState, FaultType, OddFrame } from './fault-types.ts';
export { startDevServer } from './server.ts';
export type {
  ChatMessage,
  ConnectRecord,
  Counts,
  DevServer,
  DevServerEvent,
  DevServerOptions,
  DevServerState,
  Faults,
  StoredUser,
  TokenOptions,
  WaitOptions,
} from './types.ts';
