// What React Native gives a program and the bare virtual machine does not: timers, microtasks, `AbortController`, `atob`.
const clock = { now: 0, timers: [], id: 0 };
globalThis.setTimeout = (callback, ms) => {
  clock.id += 1;
  clock.timers.push({ id: clock.id, at: clock.now + (ms || 0), callback });
  return clock.id;
};
globalThis.clearTimeout = (id) => {
  clock.timers = clock.timers.filter((timer) => timer.id !== id);
};
globalThis.queueMicrotask = (callback) => {
  Promise.resolve().then(callback);
};
globalThis.console = { log: print, warn: print, error: print };
globalThis.AbortController = function AbortController() {
  let listeners = [];
  this.signal = {
    aborted: false,
    addEventListener: (_, listener) => listeners.push(listener),
    removeEventListener: (_, listener) => {
      listeners = listeners.filter((other) => other !== listener);
    },
  };
  this.abort = () => {
    this.signal.aborted = true;
    for (let index = 0; index < listeners.length; index += 1) listeners[index]({ type: 'abort' });
  };
};
globalThis.atob = (text) => {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  let bits = 0;
  let held = 0;
  let result = '';
  for (let index = 0; index < text.length && text[index] !== '='; index += 1) {
    held = (held << 6) | digits.indexOf(text[index]);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      result += String.fromCharCode((held >> bits) & 255);
    }
  }
  return result;
};
/**
 * Runs ten minutes in virtual time. The machine runs jobs until there is none: between two timers, this job steps
 * back behind the others often enough for every chain of promises to come to its end.
 */
globalThis.runTimers = (turn) => {
  if (turn < 1000) return void Promise.resolve(turn + 1).then(runTimers);
  clock.timers.sort((one, other) => one.at - other.at || one.id - other.id);
  const next = clock.timers.shift();
  if (next === undefined || next.at > 600000) return;
  clock.now = next.at;
  Promise.resolve(0).then(runTimers);
  next.callback();
};
