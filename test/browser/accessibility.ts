import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe finds on a page that is serious or critical, as sentences. `rules` are checked besides axe's own choice. */
export async function seriousViolations(page: Page, rules: readonly string[] = []): Promise<readonly string[]> {
  const path = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  // Put in by the driver, as the page's own policy forbids foreign scripts.
  const { readFile } = await import('node:fs/promises');
  await page.evaluate(await readFile(path, 'utf8'));
  const options = { rules: Object.fromEntries(rules.map((rule) => [rule, { enabled: true }])) };
  const run = `axe.run(${JSON.stringify(options)}).then(({ violations }) => violations)`;
  const violations = await page.evaluate<Violation[]>(run);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes
        .filter(({ html }) => id !== 'target-size' || !isOfLogLine(html))
        .map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    );
}

/** Lines of a log are as dense as text: larger targets would change what the page is for (WCAG 2.5.8, essential). */
function isOfLogLine(html: string): boolean {
  return /^<(?:a|button)[^>]* class="(?:line-number|fold|line-more)/.test(html);
}
