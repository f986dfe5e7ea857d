import { openBrowser } from '../../test/browser/browser.ts';
import { checkBody, commentBody, forgePage } from './forge-page.ts';
import { forgeTexts } from './pictured-forge.ts';

const viewport = { width: 900, height: 400 };

/** Photographs what the server writes at a forge; `save` takes each picture by its name. */
export async function photographForge(
  chromium: string,
  save: (name: string, png: Buffer) => Promise<void>,
): Promise<void> {
  const { comments, check } = await forgeTexts();
  const pages = {
    'comment-held': commentBody(comments.held),
    'comment-failed': commentBody(comments.failed),
    check: checkBody(check),
  };
  for (const colorScheme of ['light', 'dark'] as const) {
    const browser = await openBrowser(chromium, { colorScheme, viewport });
    const { page } = await browser.open('about:blank');
    for (const [name, body] of Object.entries(pages)) {
      await page.setContent(await forgePage(body));
      await save(`${name}-${colorScheme}`, await page.locator('article').screenshot());
    }
    await browser.close();
  }
}
