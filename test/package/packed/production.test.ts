import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type * as core from '../../../src/index.ts';
import { appFolder } from '../../kit/app.ts';

/* The build that bundlers take under the condition `production`: the same code without its texts for developers. */

interface Manifest {
  readonly exports: Readonly<Record<string, object>>;
}

const folder = `${appFolder}/node_modules/sessionchart/dist`;
const load = (file: string) => import(/* @vite-ignore */ `file://${folder}/${file}`) as Promise<typeof core>;
const development = await load('index.js');
const production = await load('production/index.js');

function withoutDescriptions(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, part) => (key === 'description' ? undefined : part)));
}

describe('the build for production', () => {
  it('is never mixed with the other one: where Node comes first for one entry, it does for all', () => {
    const { exports } = JSON.parse(readFileSync(`${folder}/../package.json`, 'utf8')) as Manifest;
    const orders = Object.values(exports)
      .map((conditions) => Object.keys(conditions).filter((name) => name === 'node' || name === 'production'))
      .filter((names) => names.length > 0);
    expect(orders).toEqual(orders.map(() => ['node', 'production']));
  });

  it('exports the same names', () => {
    expect(Object.keys(production)).toEqual(Object.keys(development));
  });

  it('has the same statechart, without a description', () => {
    const { config } = production.sessionMachine;
    expect(JSON.stringify(config)).not.toContain('"description"');
    expect(withoutDescriptions(config)).toEqual(withoutDescriptions(development.sessionMachine.config));
  });

  it('has the same errors, with the place of the remedies', () => {
    const details = { code: 'tokenRejected', message: 'The server refuses the token.' } as const;
    const error = new production.SessionError(details);
    expect(error.remedy).toBe('See tokenRejected in docs/calls.md of sessionchart.');
    expect({ ...error, remedy: '' }).toEqual({ ...new development.SessionError(details), remedy: '' });
    expect(new development.SessionError(details).remedy).toContain('log in again');
  });

  it("law 9: keeps the names and codes of what an app's code throws, and no words", async () => {
    const causeIn = async ({ createChatClient }: typeof core) => {
      const tokenProvider = () => {
        throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
      };
      const client = createChatClient({ apiKey: 'key', WebSocket: class {} as never, tokenProvider, warnings: false });
      const result = await client.connectUser({ id: 'alice' });
      await client.dispose();
      return result.success ? null : [result.error.message, (result.error.cause as Error).name];
    };
    expect(await causeIn(development)).toEqual(['The token provider failed: fetch failed (ECONNREFUSED)', 'TypeError']);
    expect(await causeIn(production)).toEqual(['The token provider failed: … (ECONNREFUSED)', 'TypeError']);
  });

  it('still names the option that is unfit', () => {
    expect(() => production.createChatClient({ apiKey: '' })).toThrow('apiKey: expected another value');
  });

  it('explains a session by its states', async () => {
    const client = production.createChatClient({ apiKey: 'key', WebSocket: class {} as never });
    await client.restore();
    const { where, changes } = production.explain(client);
    expect(where).toBe('(loggedOut)');
    expect(changes.map(({ effect, to }) => [effect, to])).toEqual(changes.map(({ to }) => [`It leads to ${to}.`, to]));
    await client.dispose();
  });
});
