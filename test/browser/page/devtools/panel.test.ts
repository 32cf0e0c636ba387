import { afterEach, describe, expect, it, vi } from 'vitest';
import { type DevtoolsOptions, devtoolsPlugin, mountDevtools, withDevtools } from '../../../../src/devtools/index.ts';
import { type ChatClientOptions, createChatClient, replayJournal } from '../../../../src/index.ts';
import { Backend } from '../../../../src/testing/index.ts';
import { countingProvider, newUser, options } from '../dev-server.ts';

const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  document.body.replaceChildren();
});

const ofServer = (): ChatClientOptions => ({
  ...options,
  tokenProvider: countingProvider(),
  timing: { ...options.timing, backoffBaseMs: 200, quickRetryMs: 50, probeTimeoutMs: 300 },
});

function mount(isWrapped = true, given = ofServer(), panel: DevtoolsOptions = {}) {
  const client = createChatClient(isWrapped ? withDevtools(given) : given);
  const place = document.createElement('div');
  place.style.width = '380px';
  document.body.append(place);
  const unmount = mountDevtools(place, client, panel);
  stops.push(() => client.dispose(), unmount);
  const root = place.firstElementChild?.shadowRoot;
  if (root == null) throw new Error('The panel has no shadow root.');
  const button = (name: string) => {
    const found = [...root.querySelectorAll('button')].find(({ textContent }) => textContent === name);
    if (found === undefined) throw new Error(`There is no button ${name}.`);
    return found;
  };
  const shows = (text: string | RegExp) => vi.waitFor(() => expect(root.textContent).toMatch(text));
  return { client, place, root, button, shows, unmount };
}

describe('the panel in the app at hand', () => {
  it('shows the status, why, the present state and what happened, at 380 px without a sideways scroll', async () => {
    const { client, root, place, shows } = mount();
    await shows('The client has not been used yet.');
    await client.connectUser(newUser('alice')).orThrow();
    await shows(/online.*hello\.received/s);
    await vi.waitFor(() => expect(root.querySelector('[aria-current]')?.textContent).toBe('connected.healthy'));
    expect(root.querySelectorAll('.states li')).toHaveLength(11);
    expect(place.scrollWidth).toBeLessThanOrEqual(380);
    for (const each of root.querySelectorAll('button')) expect(each.offsetHeight).toBeGreaterThanOrEqual(24);
  });

  it('runs from left to right in every page, and breaks an id that is longer than it is wide', async () => {
    document.documentElement.dir = 'rtl';
    stops.push(() => document.documentElement.removeAttribute('dir'));
    const { client, root, shows } = mount();
    await client.connectUser(newUser(`alice${'x'.repeat(150)}`)).orThrow();
    await shows('online');
    const sentence = root.querySelector('p');
    expect(getComputedStyle(sentence ?? document.body).direction).toBe('ltr');
    const section = root.querySelector('section');
    expect((section?.scrollWidth ?? 0) - (section?.clientWidth ?? 0)).toBe(0);
    expect(root.querySelector('header')?.offsetHeight).toBeGreaterThan(60);
  });

  it.each(['Drop connection', 'Expire token'])(
    'keeps the focus on %s, which cannot be used again at once',
    async (name) => {
      const { client, root, button } = mount();
      await client.connectUser(newUser('alice')).orThrow();
      await vi.waitFor(() => expect(button(name).ariaDisabled).toBeNull());
      const pressed = button(name);
      pressed.focus();
      const wasOff = vi.fn();
      const stop = client.subscribe(() => wasOff(pressed.ariaDisabled, root.activeElement?.textContent));
      pressed.click();
      await vi.waitFor(() => expect(wasOff).toHaveBeenCalledWith('true', name));
      stop();
      await vi.waitFor(() => expect(client.getSnapshot().status).toBe('online'));
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      expect(root.activeElement).toBe(pressed);
    },
  );

  it('does nothing for a button that cannot be used now', async () => {
    const { client, button } = mount();
    const retry = vi.spyOn(client, 'retryNow');
    button('Retry now').click();
    expect([retry.mock.calls.length, button('Retry now').ariaDisabled]).toEqual([0, 'true']);
  });

  it('drops the connection, expires the token, goes offline, suspends, and the session comes back each time', async () => {
    const { client, button } = mount();
    await client.connectUser(newUser('alice')).orThrow();
    const states: string[] = [];
    client.subscribe((snapshot) => states.push(snapshot.state));
    /** That it was in such a state, however briefly, since the last time. */
    const state = async (wanted: RegExp) => {
      await vi.waitFor(() => expect(states).toContainEqual(expect.stringMatching(wanted)));
      states.splice(0, 1 + states.findIndex((each) => wanted.test(each)));
    };
    const { connectionId } = client.getSnapshot();
    const isBack = async () => {
      await vi.waitFor(() => expect(client.getSnapshot()).toMatchObject({ status: 'online' }));
      states.length = 0;
    };
    const ask = () => client.request('/channels/messaging/general/query', { method: 'POST', body: {} });
    button('Drop connection').click();
    await state(/connecting/);
    await isBack();
    expect(client.getSnapshot().connectionId).not.toBe(connectionId);
    button('Expire token').click();
    await state(/loadingToken|opening/);
    await isBack();
    expect(await ask()).toMatchObject({ success: true });
    button('Go offline').click();
    expect(await ask()).toMatchObject({ success: false });
    // The socket is there still; the probe goes unanswered, as it would without a network.
    await state(/connecting\.offline/);
    button('Go offline').click();
    await isBack();
    button('Suspend').click();
    await state(/suspended/);
    button('Resume').click();
    await isBack();
  });

  it('says and offers what is true at the moment', async () => {
    const backend = new Backend();
    const { client, root, place, button } = mount(true, backend.options());
    const now = () => {
      const { tone } = (root.host as HTMLElement).dataset;
      const offered = [...root.querySelectorAll('button')].filter(
        ({ disabled, ariaDisabled }) => !disabled && ariaDisabled === null,
      );
      const names = offered.map(({ textContent }) => textContent).filter((name) => name !== 'Save journal');
      return [root.querySelector('[role=status]')?.textContent, tone, names.join(', ')];
    };
    const who = () => root.querySelector('header')?.textContent;
    expect(now()).toEqual(['idle', 'calm', 'Go offline']);
    expect(who()).toContain('no user');

    void client.connectUser({ id: 'alice' });
    await backend.clock.advance(1_000);
    expect(now()).toEqual(['online', 'good', 'Suspend, Drop connection, Go offline, Expire token']);
    expect(who()).toContain('alice');
    backend.answersPings = false;
    await backend.clock.advance(26_000);
    expect(now()).toEqual(['online, but silent', 'busy', 'Suspend, Drop connection, Go offline, Expire token']);

    backend.heal();
    backend.welcome = { kind: 'error', code: 9, retryAfterSeconds: 60 };
    backend.closeSockets();
    await backend.clock.advance(10_000);
    expect(now()).toEqual(['waiting', 'busy', 'Retry now, Suspend, Go offline']);
    backend.heal();
    button('Retry now').click();
    await backend.clock.advance(2_000);
    expect(now()).toEqual(['online', 'good', 'Suspend, Drop connection, Go offline, Expire token']);

    button('Go offline').click();
    expect(button('Go offline').ariaPressed).toBe('true');
    button('Go offline').click();
    expect(button('Go offline').ariaPressed).toBe('false');
    const time = new Date(client.now()).toTimeString().slice(0, 8);
    button('Suspend').click();
    await backend.clock.advance(2_000);
    expect(now()).toEqual(['suspended', 'calm', 'Resume, Go offline']);
    await vi.waitFor(() => {
      const rows = [...root.querySelectorAll('.timeline li')].map(({ textContent }) => textContent);
      expect(rows.slice(0, 2)).toEqual([
        `${time}socket.closedconnecting.suspended`,
        `${time}session.suspendconnecting.suspended`,
      ]);
    });
    expect(place.querySelector('*')).toBe(root.host);
  });

  it('lists a step when it is taken, and not with the next tick', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    stops.push(() => vi.useRealTimers());
    const backend = new Backend();
    const { client, root } = mount(true, backend.options());
    void client.connectUser({ id: 'alice' });
    await backend.clock.advance(1_000);
    const newest = () => root.querySelector('.timeline li')?.textContent;
    expect(newest()).toMatch(/user\.savedconnected\.healthy$/);
    backend.closeSockets();
    await backend.clock.advance(1);
    expect(newest()).toMatch(/socket\.lostconnecting\.waiting$/);
  });

  it('writes nothing while nothing changes: a screen reader announces a status once, a selection stays', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const backend = new Backend();
    const { client, root } = mount(true, backend.options());
    void client.connectUser({ id: 'alice' });
    await backend.clock.advance(1_000);
    vi.advanceTimersByTime(1_000);
    const written = new MutationObserver(() => {});
    written.observe(root, { subtree: true, childList: true, characterData: true });
    vi.advanceTimersByTime(1_000);
    expect(written.takeRecords()).toEqual([]);
    vi.useRealTimers();
  });

  it('is named and can be scrolled by keyboard, in the theme that was asked for', () => {
    const { root } = mount(true, new Backend().options(), { theme: 'dark' });
    expect((root.host as HTMLElement).style.colorScheme).toBe('dark');
    expect(root.querySelector('section')?.ariaLabel).toBe('Session devtools');
    const timeline = root.querySelector<HTMLElement>('ol[aria-label=Timeline]');
    expect(timeline?.tabIndex).toBe(0);
    expect(root.querySelector('summary')?.textContent).toBe('States');
    const { root: plain } = mount(true, new Backend().options());
    expect((plain.host as HTMLElement).style.colorScheme).toBe('');
  });

  it('saves what it has recorded as a file', async () => {
    const backend = new Backend();
    const { client, button } = mount(true, backend.options());
    void client.connectUser({ id: 'alice' });
    await backend.clock.advance(1_000);
    const saved: Blob[] = [];
    vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => `blob:${saved.push(blob as Blob)}`);
    const names: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      names.push(`${this.href} ${this.download}`);
    });
    button('Save journal').click();
    expect(names).toEqual(['blob:1 session-journal.json']);
    const { steps } = replayJournal(JSON.parse((await saved[0]?.text()) ?? ''));
    expect(steps.at(-1)?.recorded.state).toBe('connected.healthy');
    vi.restoreAllMocks();
  });

  it('of a client that is not wrapped shows the same, and says how to get the rest', async () => {
    const { button, shows } = mount(false);
    await shows('not been used');
    expect(button('Drop connection')).toMatchObject({ disabled: true, title: expect.stringContaining('withDevtools') });
  });

  it('goes without a trace, and is a plugin of TanStack Devtools in one line', () => {
    const { client, place, unmount } = mount();
    unmount();
    expect(place.childElementCount).toBe(0);
    const [started, stopped] = [vi.spyOn(globalThis, 'setInterval'), vi.spyOn(globalThis, 'clearInterval')];
    const plugin = devtoolsPlugin(client);
    plugin.render(place, { theme: 'light' });
    plugin.render(place, { theme: 'dark' });
    expect([...place.children].map((host) => (host as HTMLElement).style.colorScheme)).toEqual(['dark']);
    plugin.destroy();
    expect(place.childElementCount).toBe(0);
    expect(stopped.mock.calls.length).toBe(started.mock.calls.length);
    vi.restoreAllMocks();
  });
});
