import { afterEach, describe, expect, it, vi } from 'vitest';
import { devtoolsPlugin, mountDevtools, withDevtools } from '../../../../src/devtools/index.ts';
import { createChatClient } from '../../../../src/index.ts';
import { countingProvider, newUser, options } from '../dev-server.ts';

const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  document.body.replaceChildren();
});

function mount(isWrapped = true) {
  const given = {
    ...options,
    tokenProvider: countingProvider(),
    timing: { ...options.timing, backoffBaseMs: 200, quickRetryMs: 50, probeTimeoutMs: 300 },
  };
  const client = createChatClient(isWrapped ? withDevtools(given) : given);
  const place = document.createElement('div');
  place.style.width = '380px';
  document.body.append(place);
  const unmount = mountDevtools(place, client, { theme: 'dark' });
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
    await vi.waitFor(() => expect(root.querySelectorAll('.states li').length).toBeGreaterThan(8));
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
    const isBack = () => vi.waitFor(() => expect(client.getSnapshot()).toMatchObject({ status: 'online' }));
    button('Drop connection').click();
    await state(/connecting/);
    await isBack();
    expect(client.getSnapshot().connectionId).not.toBe(connectionId);
    button('Expire token').click();
    await state(/loadingToken|opening/);
    await isBack();
    button('Go offline').click();
    expect(await client.request('/channels/messaging/general/query', { method: 'POST', body: {} })).toMatchObject({
      success: false,
    });
    // The socket is there still; the probe goes unanswered, as it would without a network.
    await state(/connecting\.offline/);
    button('Go offline').click();
    await isBack();
    button('Suspend').click();
    await state(/suspended/);
    button('Resume').click();
    await isBack();
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
    expect(place.childElementCount).toBe(1);
    plugin.destroy();
    expect(place.childElementCount).toBe(0);
    expect(stopped.mock.calls.length).toBe(started.mock.calls.length);
    vi.restoreAllMocks();
  });
});
