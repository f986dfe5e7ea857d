import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

interface Item {
  readonly text: string;
  readonly link: string;
}

interface Section {
  readonly text: string;
  readonly items: Item[];
}

const sections: readonly (readonly [folder: string, title: string])[] = [
  ['tutorials', 'Tutorials'],
  ['guides', 'How-to guides'],
  ['concepts', 'Concepts'],
  ['operations', 'Operations'],
  ['reference', 'Reference'],
  ['', 'About Slipway'],
];

/** Returns the navigation: pages by folder, in the order in which the start page names them, with their headings. */
export function sidebar(docs: string): Section[] {
  const start = readFileSync(join(docs, 'README.md'), 'utf8');
  const position = (path: string) => {
    const found = start.indexOf(`(${path}`);
    return found === -1 ? Number.MAX_SAFE_INTEGER : found;
  };
  const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && path !== 'README.md' && !path.startsWith('.'))
    .toSorted((a, b) => position(a) - position(b) || (a < b ? -1 : 1));
  return sections.flatMap(([folder, text]) => {
    const items = pages
      .filter((path) => (path.includes('/') ? path.split('/')[0] : '') === folder)
      .map((path) => ({ text: titleOf(join(docs, path)), link: `/${path.replace(/\.md$/, '')}` }));
    if (folder === '')
      items.push({ text: 'Decisions', link: '/decisions/' }, { text: 'Style', link: '/contributing/style' });
    return items.length === 0 ? [] : [{ text, items }];
  });
}

function titleOf(file: string): string {
  const [, title = ''] = /^# (.+)$/m.exec(readFileSync(file, 'utf8')) ?? [];
  return title.replaceAll('`', '');
}
