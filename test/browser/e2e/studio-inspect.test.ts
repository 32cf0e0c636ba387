import { createWebSocketInspector } from '@statelyai/inspect';
import { it, onTestFinished } from 'vitest';
import { expectWholeLife } from './studio-life.ts';
import { setUpStudio } from './studio-setup.ts';

const at = setUpStudio();

it('by the sender of @statelyai/inspect: the drawn state is that of the session, through a whole life', async () => {
  const inspector = createWebSocketInspector({ url: at.studio.relayUrl });
  onTestFinished(() => inspector.stop());
  await expectWholeLife(await at.open('?page=live'), { inspect: inspector.inspect });
});
