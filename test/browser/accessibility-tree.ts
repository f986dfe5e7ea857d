import type { Page } from 'playwright-core';

/** Texts that differ from run to run, and what stands for them. */
const volatile: readonly (readonly [RegExp, string])[] = [
  [/sha256:[0-9a-f]{12,64}/g, 'sha256:DIGEST'],
  [/\b[0-9A-F]{16,40}\b/g, 'KEY'],
  [/\b(?=[a-z2-7]*[2-7])(?=[a-z2-7]*[a-z])[a-z2-7]{32}\b/g, 'HASH'],
  [/\/(?=[a-z2-7]*[2-7])[a-z2-7]{7}\b/g, '/HASH'],
  // Some hashes are all letters: after a space there is no path of an address.
  [/(?<=(?<!\burl:) )\/[a-z2-7]{7}\b/g, '/HASH'],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{64}\b/g, 'DIGEST'],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{40}\b/g, 'COMMIT'],
  [/"?\b[0-9a-f]{8,12}\b"?/g, 'COMMIT'],
  [/\/jobs\/\d+/g, '/jobs/JOB'],
  [/\bjob \d+/g, 'job JOB'],
  [/\b\d+ bytes\b/g, 'SIZE'],
  [/critical path \d+/g, 'critical path COUNT'],
  [/\b(?:127\.0\.0\.1|localhost):\d+/g, 'HOST'],
  [/\/\S*slipway-browser-\w+\S*/g, 'FOLDER'],
  [/\b\d+ (?:ms|s|min(?: \d+ s)?|h(?: \d+ min)?|d)\b(?: ago)?|\bjust now\b/g, 'TIME'],
  [/[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d\d\s[AP]M/g, 'MOMENT'],
  [/\b(?:[A-Z]\w+day, [A-Z]\w+ \d+, \d{4}|\d{4}-\d\d-\d\d)\b/g, 'DAY'],
  [/\b\d\d:\d\d:\d\d\b/g, 'CLOCK'],
  [/\b\d+(?:\.\d+)? (?:B|kB|MB|GB)\b/g, 'SIZE'],
  [/\d+ %/g, 'SHARE'],
];

/** Returns the names and roles of a page's elements, as a screen reader meets them, without what differs each time. */
export async function accessibilityTree(page: Page): Promise<string> {
  const tree = await page.locator('body').ariaSnapshot();
  return `${volatile.reduce((text, [found, word]) => text.replace(found, word), tree)}\n`;
}
