import { assertFit, BOOLEAN, type Check, type Checks, hasMethods, readMembers } from '../input.ts';
import { type Environment, type EnvironmentChange, sharedSource } from './environment.ts';

/** `AppState` of `react-native`, as far as it is used. */
export interface AppStateModule {
  /** `active`, `background`, on iOS also `inactive` (a call, the task switcher), `unknown` at first. */
  readonly currentState: string | null;
  addEventListener(type: 'change', listener: (state: string) => void): { remove(): void };
}

/** The default export of `@react-native-community/netinfo`, as far as it is used. */
export interface NetInfoModule {
  addEventListener(listener: (state: NetInfoReading) => void): () => void;
}

export interface NetInfoReading {
  /** `wifi`, `cellular`, `none`, … */
  readonly type?: string | undefined;
  /** `null` while it is not known. */
  readonly isConnected: boolean | null;
}

export interface ReactNativeModules {
  readonly AppState: AppStateModule;
  /** Without it, the device counts as online and only the connection itself shows when it is not. */
  readonly NetInfo?: NetInfoModule | undefined;
  /**
   * Whether a session holds no socket while the app is in the background, where mobile systems stop the app at any
   * moment; push messages take over there. `false` keeps the socket for as long as the system lets it live. Default
   * `true`.
   */
  readonly suspendInBackground?: boolean | undefined;
}

/**
 * React Native: `reactNativeEnvironment({ AppState, NetInfo })`. Create it once per app, at module level: it is the
 * source that all clients share.
 *
 * - `background`, then `frozen` when the app leaves the foreground; `foreground`, then `thawed` when it is back.
 *   `inactive` changes nothing: the app is still on the screen. A session that begins in the background is `frozen`, too.
 * - `offline` when NetInfo reports that there is no network, `online` when there is one again, or another one (Wi-Fi to
 *   cellular). `isInternetReachable` is not asked: a check that failed once proves nothing about the next socket.
 *
 * @throws SessionError `invalidArgument` that names the member.
 */
export function reactNativeEnvironment(modules: ReactNativeModules): Environment {
  const { AppState, NetInfo, suspendInBackground = true } = readMembers(modules, CHECKS);
  assertFit('AppState', AppState, CHECKS.AppState);
  let network: NetInfoReading = { isConnected: null };

  const subscribe = sharedSource((notify) => {
    const stopAppState = listenToApp(AppState, suspendInBackground, notify);
    let stopNetInfo: (() => void) | undefined;
    const stop = () => {
      // What is not listened to grows old.
      network = { isConnected: null };
      try {
        stopAppState();
      } finally {
        stopNetInfo?.();
      }
    };
    try {
      stopNetInfo = NetInfo?.addEventListener((reading) => {
        const change = networkChange(network, reading);
        network = reading;
        if (change !== null) notify(change);
      });
    } catch (cause) {
      stop();
      throw cause;
    }
    return stop;
  });

  return {
    read: () => {
      const foreground = AppState.currentState !== 'background';
      return { online: network.isConnected !== false, foreground, frozen: suspendInBackground && !foreground };
    },
    subscribe,
  };
}

function listenToApp(
  AppState: AppStateModule,
  suspendInBackground: boolean,
  notify: (change: EnvironmentChange) => void,
): () => void {
  let isAway = AppState.currentState === 'background';
  const subscription = AppState.addEventListener('change', (state) => {
    if (state === 'background' && !isAway) {
      isAway = true;
      notify('background');
      if (suspendInBackground) notify('frozen');
    } else if (state === 'active' && isAway) {
      isAway = false;
      // First, so that a resumed session waits no longer than one in the foreground.
      notify('foreground');
      if (suspendInBackground) notify('thawed');
    }
  });
  return () => subscription.remove();
}

function networkChange(before: NetInfoReading, now: NetInfoReading): EnvironmentChange | null {
  if (now.isConnected === false) return before.isConnected === false ? null : 'offline';
  // Also where it is not known any more: what follows would not count as another network.
  if (before.isConnected === false) return 'online';
  return before.isConnected === true && now.isConnected === true && before.type !== now.type ? 'online' : null;
}

const LISTENABLE: Check = [(value) => hasMethods(value, 'addEventListener'), 'an object with addEventListener'];
const CHECKS: Checks<ReactNativeModules> = {
  AppState: LISTENABLE,
  NetInfo: LISTENABLE,
  suspendInBackground: BOOLEAN,
};
