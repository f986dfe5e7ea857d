import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, test } from 'vitest';
import { headingSlug } from '../scripts/docs/heading-slug.ts';

const root = join(import.meta.dirname, '..');
const { stdout } = execaSync('git', ['ls-files', '*.md', ':!test/fixtures'], { cwd: root });
const pages = stdout.split('\n').filter((path) => existsSync(join(root, path)));

/** The text of a page without its code, which may have brackets and number signs. */
const prose = (path: string): string =>
  readFileSync(join(root, path), 'utf8').replaceAll(/^ *(`{3,})[^\n]*\n[\s\S]*?^ *\1 *$/gm, '');

const anchorsOf = new Map<string, ReadonlySet<string>>();
function hasAnchor(path: string, anchor: string): boolean {
  const known = anchorsOf.get(path) ?? new Set(anchorList(prose(path)));
  anchorsOf.set(path, known);
  return known.has(anchor);
}

function anchorList(text: string): readonly string[] {
  const seen = new Map<string, number>();
  return [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const slug = headingSlug(heading);
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
}

/** Links of a page to files of the repository. */
function linksOf(path: string): readonly string[] {
  const text = prose(path).replaceAll(/(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, (code) => code.replaceAll(/[[\]()]/g, ' '));
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** Returns what is wrong with a link, or nothing. */
function faultOf(path: string, link: string): string | undefined {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? path : normalize(join(dirname(path), decodeURI(file)));
  if (target.startsWith('..')) return `${path}: ${link} is outside of the repository`;
  if (!existsSync(join(root, target))) return `${path}: ${link} does not exist`;
  if (anchor !== undefined && target.endsWith('.md') && !hasAnchor(target, anchor))
    return `${path}: no heading ${link}`;
  return undefined;
}

describe('links of the documentation', () => {
  test('lead to files and headings that exist', () => {
    const links = pages.flatMap((path) => linksOf(path).map((link) => [path, link] as const));
    expect(links.length).toBeGreaterThan(200);
    expect(links.flatMap(([path, link]) => faultOf(path, link) ?? [])).toEqual([]);
  });

  test('of the start page lead to every page, directly or through others, but for decisions', () => {
    const reached = new Set<string>();
    const next = ['docs/README.md'];
    for (let path = next.pop(); path !== undefined; path = next.pop()) {
      if (reached.has(path)) continue;
      reached.add(path);
      const from = path;
      next.push(
        ...linksOf(from)
          .map((link) => normalize(join(dirname(from), link.split('#')[0] ?? '')))
          .filter((target) => target.endsWith('.md') && pages.includes(target)),
      );
    }
    const own = pages.filter((path) => path.startsWith('docs/') && !path.startsWith('docs/decisions/'));
    expect(own.filter((path) => !reached.has(path))).toEqual([]);
  });

  test('of the npm package lead to files that it has', () => {
    const pack = execaSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root });
    const [{ files }] = JSON.parse(pack.stdout) as [{ files: readonly { path: string }[] }];
    const packed = files.map(({ path }) => path);
    const links = packed
      .filter((path) => path.endsWith('.md'))
      .flatMap((path) => linksOf(path).map((link) => [path, link] as const));
    expect(links.length).toBeGreaterThan(200);
    const isThere = (target: string) => packed.some((path) => path === target || path.startsWith(`${target}/`));
    expect(
      links.filter(([path, link]) => {
        const [file = ''] = link.split('#');
        return file !== '' && !isThere(normalize(join(dirname(path), decodeURI(file))).replace(/\/$/, ''));
      }),
    ).toEqual([]);
  });
});
