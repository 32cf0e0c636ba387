import { createElement, type ReactElement } from 'react';
import { renderToString } from 'react-dom/server';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { mountDevtools } from '../../src/devtools/index.ts';
import { ClientDevtools, SessionDevtools } from '../../src/devtools/react.ts';
import {
  browserRepository,
  type ChatClient,
  createChatClient,
  createProtocolClient,
  createSessionActor,
  embedSession,
  jwtTokens,
  type Result,
  reactNativeEnvironment,
  recordJournal,
  SessionError,
  steadyStatus,
  storageRepository,
  streamChat,
  studio,
} from '../../src/index.ts';
import { knownProps } from '../../src/input.ts';
import { fileRepository, studio as studioOnNode } from '../../src/node.ts';
import { ChatSessionProvider, SessionProvider, useSessionStatus } from '../../src/react/index.ts';
import { lifecyclePaths } from '../../src/testing/index.ts';
import { startDevServer } from '../../src/tools/devserver/index.ts';

/*
 * A misspelt option would be lost without a word: a body that is not sent, a bound that does not hold, a storage under
 * another key.
 */

const good = { apiKey: 'key', WebSocket };
const clientOf = (): ChatClient => createChatClient({ ...good, warnings: false });
const AppState = { currentState: 'active', addEventListener: () => ({ remove() {} }) };
const items = { getItem: () => null, setItem() {}, removeItem() {} };
const alice = { id: 'alice' };
const place = { append() {} } as unknown as HTMLElement;

/** What a JavaScript program writes. */
const misspelt = (options: object): never => options as never;

function invalid(error: unknown): string | undefined {
  return error instanceof SessionError && error.code === 'invalidArgument' ? error.field : undefined;
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

function Banner(): string {
  return useSessionStatus(misspelt({ grace: 2_000 }));
}

describe('a member that no option is named like is refused by its name', () => {
  it.each<[member: string, act: () => unknown]>([
    ['tokenprovider', () => createChatClient(misspelt({ ...good, tokenprovider: 'x' }))],
    ['timing.backoffMs', () => createChatClient({ ...good, timing: misspelt({ backoffMs: 5 }) })],
    ['apikey', () => createProtocolClient(misspelt({ protocol: streamChat({ apiKey: 'k' }), apikey: 'k' }))],
    ['enviroment', () => embedSession(misspelt({ ...good, enviroment: {} }))],
    ['enviroment', () => createSessionActor(misspelt({ ...good, enviroment: {} }))],
    ['baseURL', () => streamChat(misspelt({ apiKey: 'key', baseURL: 'https://example.org' }))],
    ['claim', () => jwtTokens(misspelt({ claim: 'sub' }))],
    ['Key', () => storageRepository(items, misspelt({ apiKey: 'key', Key: 'user' }))],
    ['name', () => browserRepository(misspelt({ apiKey: 'key', name: 'user' }))],
    ['key', () => fileRepository('user.json', misspelt({ apiKey: 'key', key: 'user' }))],
    ['Netinfo', () => reactNativeEnvironment(misspelt({ AppState, Netinfo: AppState }))],
    ['grace', () => steadyStatus(clientOf(), misspelt({ grace: 2_000 }))],
    ['uri', () => studio(misspelt({ uri: 'ws://127.0.0.1:8789' }))],
    ['uri', () => studioOnNode(misspelt({ uri: 'ws://127.0.0.1:8789' }))],
    ['colour', () => mountDevtools(place, clientOf(), misspelt({ colour: 'red' }))],
    ['place', () => mountDevtools(misspelt({}), clientOf())],
    ['limt', () => recordJournal(clientOf(), misspelt({ limt: 3 }))],
    ['covers', () => lifecyclePaths(misspelt({ covers: 'events' }))],
  ])('%s', (member, act) => {
    expect(invalid(thrownBy(act))).toBe(member);
  });

  it.each<[member: string, call: (client: ChatClient) => PromiseLike<Result<unknown>>]>([
    ['bdy', (client) => client.request('/path', misspelt({ method: 'POST', bdy: { text: 'lost' } }))],
    ['credentials', (client) => client.request('/path', misspelt({ credentials: 'include' }))],
    ['timeout', (client) => client.connectUser(alice, 'token', misspelt({ timeout: 500 }))],
    ['timeout', (client) => client.switchUser(alice, 'token', misspelt({ timeout: 500 }))],
    ['abort', (client) => client.connectGuestUser(alice, misspelt({ abort: true }))],
    ['abort', (client) => client.connectAnonymousUser(misspelt({ abort: true }))],
    ['forget', (client) => client.disconnect(misspelt({ forget: false }))],
  ])('%s, as the result of the call', async (member, call) => {
    const client = clientOf();
    const result = await call(client);
    expect(invalid('error' in result ? result.error : null)).toBe(member);
    expect(client.getSnapshot().status).toBe('idle');
  });

  it.each<[member: string, options: object]>([
    ['expiresIn', { expiresIn: 60 }],
    ['exp', { exp: 60 }],
  ])('%s, of a token of the development server', async (member, options) => {
    const server = await startDevServer();
    onTestFinished(() => server.close());
    const error = await server.createToken('alice', misspelt(options)).catch((thrown: unknown) => thrown);
    expect(invalid(error)).toBe(member);
  });

  it.each<[member: string, element: ReactElement]>([
    ['usr', createElement(ChatSessionProvider, misspelt({ options: good, usr: alice }))],
    ['token', createElement(SessionProvider, misspelt({ client: clientOf(), token: 'x' }))],
    ['grace', createElement(SessionProvider, { client: clientOf() }, createElement(Banner))],
    ['colour', createElement(ClientDevtools, misspelt({ client: clientOf(), colour: 'red' }))],
  ])('%s, of a component or a hook', (member, element) => {
    expect(invalid(thrownBy(() => renderToString(element)))).toBe(member);
  });

  it.each([
    ['an attribute of a build plugin', { 'data-sentry-element': 'Provider' }],
    ['one of React Native', { dataSentryComponent: 'App' }],
    ['a hyphen, which JSX allows on every component', { 'aria-label': 'Session', 'x-inspector': '12' }],
    ['a ref', { ref: { current: null } }],
  ])('but for a component %s is none of its props', (_, props) => {
    const elements = [
      createElement(ChatSessionProvider, misspelt({ options: good, ...props })),
      createElement(SessionProvider, misspelt({ client: clientOf(), ...props })),
      createElement(ClientDevtools, misspelt({ client: clientOf(), ...props })),
      createElement(
        SessionProvider,
        { client: clientOf() },
        createElement(SessionDevtools, misspelt({ theme: 'dark', ...props })),
      ),
    ];
    for (const element of elements) expect(() => renderToString(element)).not.toThrow();
  });

  it('those that the classic JSX transform adds, which Preact hands on, are none of its props either', () => {
    const props = { user: 'alice', __self: {}, __source: { fileName: 'app.jsx', lineNumber: 1 } };
    expect(() => knownProps(props, ['user'])).not.toThrow();
  });

  it('the development server names its own', async () => {
    await expect(startDevServer(misspelt({ prot: 8787 }))).rejects.toThrow(/prot/);
  });
});

it.each([undefined, null, {}, 'client'])('%j is no client for a provider', (client) => {
  const render = () => renderToString(createElement(SessionProvider, misspelt({ client })));
  expect(invalid(thrownBy(render))).toBe('client');
});

describe('what the message says', () => {
  it('names the options that there are', () => {
    const error = thrownBy(() => createChatClient({ ...good, timing: misspelt({ hurryMs: 30 }) }));
    expect(String(error)).toMatch(/timing\.hurryMs: there is no such option; there are .*quickRetryMs/);
  });
});

describe('values of options that were not checked before', () => {
  it.each<[member: string, act: () => unknown]>([
    ['AppState', () => reactNativeEnvironment(misspelt({}))],
    ['NetInfo', () => reactNativeEnvironment({ AppState, NetInfo: misspelt({}) })],
    ['suspendInBackground', () => reactNativeEnvironment({ AppState, suspendInBackground: misspelt([]) })],
    ['graceMs', () => steadyStatus(clientOf(), { graceMs: Number.NaN })],
    ['theme', () => mountDevtools(place, clientOf(), { theme: misspelt([]) })],
    ['cover', () => lifecyclePaths({ cover: misspelt([]) })],
    ['apiKey', () => streamChat(misspelt({}))],
    ['baseUrl', () => streamChat({ apiKey: 'key', baseUrl: 'ws://example.org' })],
    ['userClaim', () => jwtTokens({ userClaim: misspelt([]) })],
    ['options', () => jwtTokens(misspelt('sub' as never))],
    ['WebSocket', () => studio({ WebSocket: misspelt({}) })],
  ])('%s', (field, act) => {
    expect(invalid(thrownBy(act))).toBe(field);
  });
});

it('a getter of a class is read like a member of its own', () => {
  class Options {
    apiKey = 'key';
    get baseUrl(): string {
      return 'ws://example.org';
    }
  }
  expect(invalid(thrownBy(() => createChatClient(new Options())))).toBe('baseUrl');
});

it('a member that is undefined counts as left out', () => {
  const options = misspelt({ apiKey: 'key', colour: undefined });
  expect(() => createChatClient(options)).not.toThrow();
  expect(() => storageRepository(items, options)).not.toThrow();
});
