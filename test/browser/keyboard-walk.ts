import type { Page } from 'playwright-core';

interface Walk {
  /** Elements that take the keyboard's focus but that Tab does not reach. */
  readonly unreached: readonly string[];
  /** Elements whose focus is not seen: out of view, or without an outline. */
  readonly unseen: readonly string[];
  /** Elements that only a mouse can use. */
  readonly mouseOnly: readonly string[];
}

/** Runs in the page: lists what can be used, and follows the focus. */
const script = `
(() => {
  const usable = 'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea, summary, [tabindex]';
  const composite = '[role=grid], [role=listbox], [role=tree], [role=treegrid], [role=table], [role=tablist], [role=toolbar], [role=radiogroup], [role=application]';
  const isShown = (one) => one.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
  const nameOf = (one) => one.outerHTML.slice(0, 160);
  const all = [...document.querySelectorAll(usable)].filter((one) => isShown(one) && one.id !== 'main');
  const wanted = new Set(all.filter((one) => one.tabIndex >= 0));
  const unseen = [];
  const passed = all.filter((one) => one.tabIndex < 0 && one.closest(composite) === null).map(nameOf);
  const mouseOnly = [...document.querySelectorAll('main *')]
    .filter((one) => isShown(one) && getComputedStyle(one).cursor === 'pointer')
    .filter((one) => one.closest(usable + ', label') === null)
    .map(nameOf);
  window.keyboardWalk = {
    count: wanted.size,
    step() {
      const at = document.activeElement;
      const isNew = wanted.delete(at);
      if (!isNew) return at === document.body;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
      const box = at.getBoundingClientRect();
      const isInView = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
      const isMarked = (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
      if (!isInView || !isMarked) unseen.push(nameOf(at));
      return false;
    },
    result: () => ({ unreached: [...passed, ...[...wanted].filter((one) => one.isConnected && isShown(one)).map(nameOf)], unseen, mouseOnly }),
  };
  return wanted.size;
})()`;

/** Presses Tab through a whole page, from its start until the focus leaves it. */
export async function walkByKeyboard(page: Page): Promise<Walk> {
  const count = await page.evaluate<number>(script);
  for (let presses = 0; presses < 2 * count + 10; presses += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate<boolean>('window.keyboardWalk.step()')) break;
  }
  return page.evaluate<Walk>('window.keyboardWalk.result()');
}
