import type { TestProject } from 'vitest/node';
import { unpackChromium } from './chromium.ts';

export default async function unpackForPages({ vitest }: TestProject): Promise<void> {
  if (vitest.state.getPaths().some((path) => path.includes('/test/browser/'))) await unpackChromium();
}
