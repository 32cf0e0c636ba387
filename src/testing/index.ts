export { Backend, type Welcome } from './backend/backend.ts';
export type { DiskFault } from './backend/disk.ts';
export type { BackendServer } from './backend/server.ts';
export type { ProviderFault } from './backend/token-endpoint.ts';
export {
  EVENT_NAMES,
  type LifecyclePath,
  leafOf,
  lifecyclePaths,
  type ModelState,
  type PathStep,
} from './paths.ts';
export { type ProtocolUnderTest, protocolContract } from './protocol-contract.ts';
export { type RepositoryUnderTest, type TestFramework, userRepositoryContract } from './repository-contract.ts';
export { PathError, pathsFor, runPath, type SystemUnderTest, testLifecycle } from './sut.ts';
export { VirtualClock } from './virtual-clock.ts';
