import { describe, expect, it } from 'vitest';
import type { EnvironmentChange } from '../../../src/environment/environment.ts';
import { type NetInfoReading, reactNativeEnvironment } from '../../../src/environment/react-native.ts';

/** A phone: the two modules as React Native has them, and what happens to it. */
class Phone {
  readonly #stateListeners = new Set<(state: string) => void>();
  readonly #networkListeners = new Set<(reading: NetInfoReading) => void>();
  #network: NetInfoReading = { type: 'wifi', isConnected: true };

  readonly AppState = {
    currentState: 'active' as string | null,
    addEventListener: (_: 'change', listener: (state: string) => void) => {
      this.#stateListeners.add(listener);
      return { remove: () => void this.#stateListeners.delete(listener) };
    },
  };

  readonly NetInfo = {
    // As NetInfo does, it reports the present situation first.
    addEventListener: (listener: (reading: NetInfoReading) => void) => {
      this.#networkListeners.add(listener);
      listener(this.#network);
      return () => void this.#networkListeners.delete(listener);
    },
  };

  get listeners(): number {
    return this.#stateListeners.size + this.#networkListeners.size;
  }

  app(state: string): void {
    this.AppState.currentState = state;
    for (const listener of [...this.#stateListeners]) listener(state);
  }

  network(reading: NetInfoReading): void {
    this.#network = reading;
    for (const listener of [...this.#networkListeners]) listener(reading);
  }
}

function pickUp(options: { readonly suspendInBackground?: boolean } = {}) {
  const phone = new Phone();
  const environment = reactNativeEnvironment({ AppState: phone.AppState, NetInfo: phone.NetInfo, ...options });
  const heard: EnvironmentChange[] = [];
  const stop = environment.subscribe((change) => heard.push(change));
  return { phone, environment, heard, stop };
}

describe('reactNativeEnvironment', () => {
  it('C17: a session holds no socket while the app is in the background', () => {
    const { phone, environment, heard } = pickUp();
    phone.app('inactive');
    phone.app('background');
    expect(environment.read()).toEqual({ online: true, foreground: false, frozen: true });
    phone.app('background');
    phone.app('inactive');
    expect(heard).toEqual(['background', 'frozen']);
    phone.app('active');
    phone.app('active');
    expect(heard.splice(0)).toEqual(['background', 'frozen', 'foreground', 'thawed']);
    phone.app('background');
    expect(heard).toEqual(['background', 'frozen']);
  });

  it('keeps the socket in the background where the app wants that', () => {
    const { phone, heard } = pickUp({ suspendInBackground: false });
    phone.app('background');
    phone.app('active');
    expect(heard).toEqual(['background', 'foreground']);
  });

  it('a notification shade, a call, the task switcher change nothing', () => {
    const { phone, environment, heard } = pickUp();
    phone.app('inactive');
    expect(environment.read()).toMatchObject({ foreground: true });
    phone.app('active');
    expect(heard).toEqual([]);
  });

  it('C6: airplane mode, background, foreground, airplane mode off', () => {
    const { phone, environment, heard } = pickUp();
    phone.network({ type: 'none', isConnected: false });
    expect(environment.read()).toMatchObject({ online: false });
    phone.app('background');
    phone.app('active');
    phone.network({ type: 'none', isConnected: false });
    phone.network({ type: 'wifi', isConnected: true });
    expect(heard).toEqual(['offline', 'background', 'frozen', 'foreground', 'thawed', 'online']);
    expect(environment.read()).toEqual({ online: true, foreground: true, frozen: false });
  });

  it('C5: another network is reported, since it has other sockets', () => {
    const { phone, heard } = pickUp();
    phone.network({ type: 'wifi', isConnected: true });
    expect(heard).toEqual([]);
    phone.network({ type: 'cellular', isConnected: true });
    phone.network({ type: 'cellular', isConnected: true });
    expect(heard).toEqual(['online']);
  });

  it('C10, C19: what is not known proves nothing', () => {
    const { phone, environment, heard } = pickUp();
    phone.network({ isConnected: null });
    expect(environment.read()).toMatchObject({ online: true });
    expect(heard).toEqual([]);
  });

  it('C5: a network that returns after a moment in which it was not known is not missed', () => {
    const { phone, environment, heard } = pickUp();
    phone.network({ type: 'none', isConnected: false });
    phone.network({ type: 'unknown', isConnected: null });
    phone.network({ type: 'wifi', isConnected: true });
    expect(heard).toEqual(['offline', 'online']);
    expect(environment.read()).toMatchObject({ online: true });
  });

  it('law 2: listens only while someone subscribes, once for all, and forgets what it heard', () => {
    const { phone, environment, heard, stop } = pickUp();
    expect(phone.listeners).toBe(2);
    const stopSecond = environment.subscribe(() => {});
    expect(phone.listeners).toBe(2);
    phone.network({ type: 'none', isConnected: false });
    stop();
    stopSecond();
    expect(phone.listeners).toBe(0);
    expect(environment.read()).toMatchObject({ online: true });
    environment.subscribe((change) => heard.push(change));
    expect(heard).toEqual(['offline', 'offline']);
  });

  it('does without NetInfo', () => {
    const phone = new Phone();
    const environment = reactNativeEnvironment({ AppState: phone.AppState });
    expect(environment.read()).toEqual({ online: true, foreground: true, frozen: false });
    const stop = environment.subscribe(() => {});
    expect(phone.listeners).toBe(1);
    stop();
    expect(phone.listeners).toBe(0);
  });

  it('A21: an app that a push opens in the background is not reported to freeze, only that it came to the front', () => {
    const phone = new Phone();
    phone.AppState.currentState = 'background';
    const environment = reactNativeEnvironment({ AppState: phone.AppState });
    const heard: EnvironmentChange[] = [];
    environment.subscribe((change) => heard.push(change));
    expect(environment.read()).toEqual({ online: true, foreground: false, frozen: true });
    phone.app('active');
    expect(heard).toEqual(['foreground', 'thawed']);
  });

  it('law 11: a module that cannot be listened to can be tried again', () => {
    const phone = new Phone();
    let isBroken = true;
    const environment = reactNativeEnvironment({
      AppState: {
        currentState: 'active',
        addEventListener: (type, listener) => {
          if (isBroken) throw new Error('the bridge is not ready');
          return phone.AppState.addEventListener(type, listener);
        },
      },
    });
    const heard: EnvironmentChange[] = [];
    expect(() => environment.subscribe((change) => heard.push(change))).toThrow('the bridge is not ready');
    isBroken = false;
    environment.subscribe((change) => heard.push(change));
    phone.app('background');
    expect(heard).toEqual(['background', 'frozen']);
  });

  it('law 2: NetInfo that cannot be listened to leaves no listener on AppState, however often that is tried', () => {
    const phone = new Phone();
    let isBroken = true;
    const environment = reactNativeEnvironment({
      AppState: phone.AppState,
      NetInfo: {
        addEventListener: (listener) => {
          if (isBroken) throw new Error('no native module');
          return phone.NetInfo.addEventListener(listener);
        },
      },
    });
    for (let login = 0; login < 2; login += 1) {
      expect(() => environment.subscribe(() => {})).toThrow('no native module');
      expect(phone.listeners).toBe(0);
    }
    isBroken = false;
    const stop = environment.subscribe(() => {});
    expect(phone.listeners).toBe(2);
    stop();
    expect(phone.listeners).toBe(0);
  });

  it('law 2: AppState that cannot be left does not keep NetInfo', () => {
    const phone = new Phone();
    const remove = () => {
      throw new Error('the bridge is gone');
    };
    const AppState = { currentState: 'active', addEventListener: () => ({ remove }) };
    const stop = reactNativeEnvironment({ AppState, NetInfo: phone.NetInfo }).subscribe(() => {});
    expect(phone.listeners).toBe(1);
    expect(stop).toThrow('the bridge is gone');
    expect(phone.listeners).toBe(0);
  });
});
