import { copyFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type UserConfig } from 'vitepress';
import manifest from '../../package.json' with { type: 'json' };
import { BundledModules } from './bundled-modules.ts';
import { ExternalCode } from './external-code.ts';
import { headingSlug } from './heading-slug.ts';
import { sidebar } from './sidebar.ts';

const docs = fileURLToPath(new URL('../../docs', import.meta.url));
const base = '/docs/';
const schema = 'reference/json-output.schema.json';
const cache = fileURLToPath(new URL('../../node_modules/.cache/vitepress', import.meta.url));
const code = new ExternalCode(base);
const modules = new BundledModules();

export const siteConfig: UserConfig = defineConfig({
  title: 'Slipway',
  description: manifest.description,
  base,
  // Its way to switch without transitions is a style inside of the page.
  appearance: { disableTransition: false },
  outDir: '../dist/docs',
  cacheDir: cache,
  rewrites: { 'README.md': 'index.md', 'decisions/README.md': 'decisions/index.md' },
  head: [
    ['link', { rel: 'icon', href: '/favicon.svg', type: 'image/svg+xml' }],
    ['link', { rel: 'stylesheet', href: `${base}code.css` }],
  ],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify: headingSlug },
    codeTransformers: [code.codeTransformer],
    config: (markdown) =>
      markdown.core.ruler.push('links', (state) => state.tokens.forEach((block) => fixLinks(block, state.env))),
  },
  themeConfig: {
    search: { provider: 'local' },
    nav: [{ text: `Version ${manifest.version}`, link: '/' }],
    sidebar: sidebar(docs),
    outline: [2, 3],
  },
  transformHtml: (html) => code.transformHtml(html),
  buildEnd: async ({ outDir }) => {
    await code.write(outDir);
    // A link of its page; VitePress copies pages only.
    await copyFile(join(docs, schema), join(outDir, schema));
    await modules.write(cache);
  },
  vite: { plugins: [{ name: 'slipway:modules', generateBundle: (_, files) => modules.add(files) }] },
});

interface Token {
  readonly type: string;
  tag: string;
  readonly children: readonly Token[] | null;
  attrGet(name: string): string | null;
  attrs: [string, string][] | null;
}

/** Links to files outside of the site become texts with the file's name; the site has no copy of the repository. */
function fixLinks(block: Token, { path }: { readonly path: string }): void {
  let isOutside = false;
  for (const token of block.children ?? []) {
    if (token.type === 'link_open') {
      const href = (token.attrGet('href') ?? '').replace(/(^|\/)README\.md$|(\/)$/, '$1$2index.md');
      if (/^(?:[a-z]+:|#|\/)/.test(href)) continue;
      const target = resolve(path, '..', href.split('#')[0] ?? '');
      isOutside = relative(docs, target).startsWith('..');
      if (isOutside) token.tag = 'span';
      const file = relative(resolve(docs, '..'), target).replace(/(^|\/)index\.md$/, '$1');
      token.attrs = isOutside ? [['title', `in the repository: ${file}`]] : [['href', href]];
    } else if (token.type === 'link_close' && isOutside) {
      token.tag = 'span';
      isOutside = false;
    }
  }
}
