export { Backend, type BackendEvent, type Welcome } from './backend/backend.ts';
export type { DiskFault } from './backend/disk.ts';
export type { ProviderFault } from './backend/token-endpoint.ts';
export { type Branch, type Branches, branchesOf } from './branches.ts';
export type { Effect, SessionMachine, SessionSnapshot } from './effects.ts';
export { EVENT_CASES, type EventCase } from './event-cases.ts';
export { leafOf, type ModelState, type Step } from './model-state.ts';
export type { Ledger, Superseded } from './outstanding-work.ts';
export type { PathStep } from './path-cover.ts';
export { type Cover, type LifecyclePath, type LifecyclePathsOptions, lifecyclePaths } from './paths.ts';
export { type ProtocolUnderTest, protocolContract } from './protocol-contract.ts';
export { type RepositoryUnderTest, type TestFramework, userRepositoryContract } from './repository-contract.ts';
export { stateKey } from './state-key.ts';
export {
  canRun,
  PathError,
  runPath,
  type SystemUnderTest,
  testLifecycle,
} from './sut.ts';
export { VirtualClock } from './virtual-clock.ts';
