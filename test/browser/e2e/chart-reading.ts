import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { sessionMachine } from '../../../src/index.ts';
import { leaves, readDefinition } from '../../../visualizer/src/chart/definition.ts';

export const chart = readDefinition(sessionMachine);

/** Whatever state is looked at, at this width no line, description or sentence is cut, and the page is not wider. */
export async function expectNothingCut(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: 844 });
  for (const { name } of leaves(chart)) {
    await page.evaluate(select, name);
    const look = async () => {
      const { lines } = await page.evaluate(readable);
      const unclear = lines.filter(({ isClear }) => !isClear);
      const cut = await page
        .locator('.states [data-branch], .state-slot, .caption, .caption p, .purpose, .watch-choice')
        .evaluateAll((all) =>
          all
            .filter((part) => part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight + 1)
            .map((part) => part.textContent),
        );
      return { areLinesDrawn: lines.length > 0, unclear, cut };
    };
    await expect.poll(look, { message: `${name} at ${width}` }).toEqual({ areLinesDrawn: true, unclear: [], cut: [] });
  }
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
}

/** In the page: looks at what leads out of a state; the session is where it was. */
export function select(name: string) {
  const button = document.querySelector<HTMLElement>(`[data-state="${name}"] > .state-head > button`);
  if (button?.ariaPressed === 'false' && button.ariaCurrent !== 'true') button.click();
  else if (button?.ariaCurrent === 'true')
    document.querySelector<HTMLElement>('[aria-pressed="true"].state-name')?.click();
}

/** In the page: each line of a transition and each name of a state, and whether it can be read. */
export function readable() {
  const look = (element: Element, id: string, box: Element | null) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    // A long line ends in an ellipsis; its title has all of it.
    const shown = element.matches('[data-branch]') ? element : range;
    const { left, top, right, bottom, width, height } = shown.getBoundingClientRect();
    const around = (box ?? element).getBoundingClientRect();
    const isInBox = left >= around.left && right <= around.right && top >= around.top && bottom <= around.bottom + 1;
    const isOnScreen = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    return {
      id,
      px: Math.min(
        ...[element, ...element.querySelectorAll('*')].map((part) =>
          Number.parseFloat(getComputedStyle(part).fontSize),
        ),
      ),
      isOnScreen,
      isClear: isInBox && (!isOnScreen || hit === element || element.contains(hit)),
    };
  };
  return {
    lines: [...document.querySelectorAll<HTMLElement>('.states [data-branch]')].map((line) =>
      look(line, line.dataset.branch ?? '', line.closest('[data-state]')),
    ),
    states: [...document.querySelectorAll<HTMLElement>('.chart [data-state]')].map((state) => {
      const name = state.querySelector('.state-name') ?? state;
      return look(name, state.dataset.state ?? '', state);
    }),
  };
}
