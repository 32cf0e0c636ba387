import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type ChatClient, createProtocolClient, guests, requests, streamChat } from '../../../src/index.ts';

const protocol = streamChat({ apiKey: 'key', baseUrl: 'http://host' });
const visitor = { id: 'visitor' };

describe('the parts that a client of a protocol has by import', () => {
  it.each(['requests', 'guests'] as const)(
    'without %s the call fails, and its remedy names the option',
    async (name) => {
      const fetch = vi.fn();
      // The types have neither; a program without types reaches them.
      const client: ChatClient = createProtocolClient({ protocol, WebSocket, fetch, warnings: false });
      const result = await (name === 'requests' ? client.request('/x') : client.connectGuestUser(visitor));
      expect(result).toMatchObject({ success: false, error: { code: 'notSupported' } });
      expect(String(!result.success && result.error.remedy)).toContain(`Import { ${name} } from 'sessionchart'`);
      expect(client.getSnapshot().status).toBe('idle');
      expect(fetch).not.toHaveBeenCalled();
      await client.dispose();
    },
  );

  it('with them it has guests and requests', async () => {
    const fetch = vi.fn(() => Promise.reject(new Error('There is no network here.')));
    const client = createProtocolClient({ protocol, requests, guests, WebSocket, fetch });
    expect(await client.request('/x')).toMatchObject({ error: { code: 'notLoggedIn' } });
    expect(await client.connectGuestUser(visitor)).toMatchObject({ error: { code: 'tokenUnavailable' } });
    expect(fetch).toHaveBeenCalledWith(expect.stringMatching(/^http:\/\/host\/guest/), expect.anything());
    await client.dispose();
  });
});
