export type { Fault, FaultHandle, FaultState } from './fault-types.ts';
export { startDevServer } from './server.ts';
export type {
  ConnectRecord,
  Counts,
  DevServer,
  DevServerEvent,
  DevServerOptions,
  DevServerState,
  Faults,
} from './types.ts';
