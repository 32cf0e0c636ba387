import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** How a person operates a page: every task has to be possible with either hand. */
export interface Hands {
  /** Presses a button, opens a fold or a file, chooses one of several. */
  press(target: Locator): Promise<void>;
  write(field: Locator, text: string): Promise<void>;
  /** Selects the last row of a list that shows this text. */
  pick(list: Locator, text: string): Promise<void>;
}

/** Clicks only. Text is typed into the field that was clicked. */
export const mouse: Hands = {
  async press(target) {
    // What is drawn in place of such a field is its label.
    const isHidden = await target.evaluate((element) => element.matches('input.unseen'));
    await (isHidden ? target.locator('xpath=ancestor::label') : target).click();
  },
  async write(field, text) {
    await field.click({ clickCount: 3 });
    await field.page().keyboard.type(text);
  },
  pick: (list, text) => list.getByRole('option').filter({ hasText: text }).last().click(),
};

/** Keys only: what the tab key does not come to is out of reach. */
export const keyboard: Hands = {
  async press(target) {
    const group = await target.evaluate((element) =>
      element instanceof HTMLInputElement && element.type === 'radio' ? element.name : null,
    );
    if (group !== null) return chooseByArrows(target, group);
    await tabTo(target);
    await target.page().keyboard.press('Enter');
  },
  async write(field, text) {
    await tabTo(field);
    await field.page().keyboard.press('ControlOrMeta+a');
    await field.page().keyboard.type(text);
  },
  async pick(list, text) {
    // A search, and what came last, are drawn some time later.
    await list.getByRole('option').filter({ hasText: text }).last().waitFor({ state: 'attached' });
    await tabTo(list);
    const { keyboard: keys } = list.page();
    await keys.press('End');
    const selected = list.locator('[aria-selected="true"]');
    const position = () => selected.getAttribute('aria-posinset');
    for (let press = 0; press < MOST_PRESSES; press++) {
      if ((await selected.textContent())?.includes(text)) return;
      const before = await position();
      await keys.press('ArrowUp');
      await expect.poll(position).not.toBe(before);
    }
    throw new Error(`No row of the list shows ${text}.`);
  },
};

const MOST_PRESSES = 150;

const isFocused = (target: Locator) => target.evaluate((element) => element === document.activeElement);

async function chooseByArrows(target: Locator, group: string): Promise<void> {
  await tabTo(target.page().locator(`input[name="${group}"]:checked`));
  for (let press = 0; press < MOST_PRESSES; press++) {
    if (await isFocused(target)) return;
    await target.page().keyboard.press('ArrowDown');
  }
  throw new Error(`The arrow keys do not come to ${target}.`);
}

/** Goes the shorter way: forwards, or backwards with shift. */
async function tabTo(target: Locator): Promise<void> {
  await target.waitFor({ state: 'attached' });
  const page: Page = target.page();
  for (let pressed = 0; pressed < MOST_PRESSES; ) {
    const stops = await target.evaluate(stopsTo);
    if (stops === 0) return;
    for (let press = 0; press < Math.abs(stops); press++) await page.keyboard.press(stops > 0 ? 'Tab' : 'Shift+Tab');
    pressed += Math.abs(stops);
  }
  throw new Error(`The tab key does not come to ${target}.`);
}

/**
 * In the page: how often to press the tab key before looking again, with shift where it is negative: fewer times than
 * there are elements to come by.
 */
function stopsTo(target: Element): number {
  if (target === document.activeElement) return 0;
  const all = [...document.querySelectorAll<HTMLElement>('a[href], button, input, select, summary, [tabindex]')];
  const reachable = all.filter((each) => each.tabIndex >= 0 && !each.matches(':disabled') && each.checkVisibility());
  const group = (each: Element) => (each instanceof HTMLInputElement && each.type === 'radio' ? each.name : '');
  const stops = reachable.filter(
    (each, index) => group(each) === '' || group(each) !== group(reachable[index - 1] ?? each.ownerDocument.body),
  );
  // The focus is on any of a group.
  const placeOf = (wanted: Element | null) =>
    stops.findIndex((each) => each === wanted || (wanted && group(each) !== '' && group(each) === group(wanted)));
  const way = placeOf(target) - placeOf(document.activeElement);
  return way >= 0 ? Math.max(1, way - 2) : Math.min(-1, way + 2);
}

/** Presses the tab key until it is back where it was. Returns the names of what it should have come to, and did not. */
export async function notReached(page: Page): Promise<readonly string[]> {
  const stops = await page.evaluate(() => {
    document.addEventListener('focusin', ({ target }) => (target as HTMLElement).setAttribute('data-reached', ''));
    const all = document.querySelectorAll<HTMLElement>('a[href], button, input, select, summary, [tabindex]');
    return [...all].filter((each) => each.tabIndex >= 0 && !each.matches(':disabled') && each.checkVisibility()).length;
  });
  // Between its last and its first one the focus is on none of them.
  for (let press = 0; press <= stops; press++) await page.keyboard.press('Tab');
  return page.evaluate(() => {
    const isReached = (each: Element) => each.matches('[data-reached]');
    return (
      [...document.querySelectorAll<HTMLElement>('a[href], button, input, select, summary, [role=listbox]')]
        // The bars repeat the rows of the list.
        .filter((each) => !each.matches(':disabled, .bar') && each.checkVisibility())
        .filter((each) => {
          const group = each instanceof HTMLInputElement && each.type === 'radio' ? each.name : '';
          const all = group === '' ? [each] : [...document.querySelectorAll(`input[name="${group}"]`)];
          return !all.some(isReached);
        })
        .map((each) => each.outerHTML.slice(0, 120))
    );
  });
}
