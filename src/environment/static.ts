import type { Environment } from './environment.ts';

/** Always online, always in the foreground, never a change: for servers, scripts and tests. */
export const staticEnvironment: Environment = {
  read: () => ({ online: true, foreground: true }),
  subscribe: () => () => {},
};
