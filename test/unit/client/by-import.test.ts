import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createChatClient } from '../../../src/index.ts';

describe('what an app imports and gives to its client', () => {
  it.each(['requests', 'guests'] as const)(
    'without %s the call fails, and its message names the option',
    async (name) => {
      const fetch = vi.fn();
      const client = createChatClient({ apiKey: 'key', WebSocket, fetch, warnings: false });
      const call = name === 'requests' ? client.request('/x') : client.connectGuestUser({ id: 'visitor' });
      const result = await call;
      expect(result).toMatchObject({ success: false, error: { code: 'notSupported' } });
      expect(String(!result.success && result.error.message)).toContain(`import { ${name} } from 'sessionchart'`);
      expect(client.getSnapshot().status).toBe('idle');
      expect(fetch).not.toHaveBeenCalled();
      await client.dispose();
    },
  );
});
