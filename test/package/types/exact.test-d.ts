import {
  createChatClient,
  type Protocol,
  reactNativeEnvironment,
  storageRepository,
  studio,
} from '../../../src/index.ts';
import { startDevServer } from '../../../src/tools/devserver/index.ts';

/*
 * A member that is `undefined` counts as left out, everywhere an app writes one: `test/package/full/consumers.test.ts`
 * compiles the same with `exactOptionalPropertyTypes`.
 */

declare const isDevelopment: boolean;
declare const AppState: Parameters<typeof reactNativeEnvironment>[0]['AppState'];
declare const storage: Parameters<typeof storageRepository>[0];

export const environment = reactNativeEnvironment({ AppState, NetInfo: undefined, suspendInBackground: undefined });
export const client = createChatClient({
  apiKey: 'key',
  baseUrl: undefined,
  environment,
  inspect: isDevelopment ? studio({ url: undefined, WebSocket: undefined }) : undefined,
  userRepository: storageRepository(storage, { apiKey: 'key', key: undefined }),
});
export const server = startDevServer({ port: undefined, now: undefined });
export const protocol: Protocol<object> = {
  name: 'mine',
  connect: () => ({ url: 'ws://127.0.0.1', headers: undefined, subprotocols: undefined, decode: () => [] }),
  http: undefined,
  checkToken: undefined,
};
