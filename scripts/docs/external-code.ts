import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Moves scripts, styles and images of pages into files, because the server's Content-Security-Policy allows nothing inline.
 * Used by one build: `codeTransformer` and `transformHtml` collect, `write` writes.
 */
export class ExternalCode {
  readonly #base: string;
  /** Contents of files in `assets/`, by their names. */
  readonly #assets = new Map<string, string>();
  /** Class of each style of highlighted code. */
  readonly #styles = new Map<string, string>();

  constructor(base: string) {
    this.#base = base;
  }

  /** For Shiki: replaces `style="--shiki-light:…"` with a class. */
  readonly codeTransformer = {
    name: 'slipway:style-to-class',
    span: (node: { properties: Record<string, unknown> }): void => this.#takeStyle(node),
    pre: (node: { properties: Record<string, unknown> }): void => this.#takeStyle(node),
  };

  /** Replaces scripts inside of a page with links to files, and leaves out styles: Vue sets them again. */
  transformHtml(html: string): string {
    const unstyled = html.replaceAll(/ style="[^"]*"/g, '');
    return unstyled.replaceAll(
      /<script(?![^>]*\bsrc=)([^>]*)>([\s\S]*?)<\/script>/g,
      (_, attributes: string, code: string) => {
        return `<script${attributes} src="${this.#asset(code, 'js')}"></script>`;
      },
    );
  }

  /** Replaces images inside of a stylesheet with links to files. */
  #takeImages(css: string): string {
    return css.replaceAll(/url\("data:image\/svg\+xml,([^"]*)"\)/g, (_, image: string) => {
      return `url(${this.#asset(decodeURIComponent(image), 'svg')})`;
    });
  }

  async write(folder: string): Promise<void> {
    const assets = join(folder, 'assets');
    for (const name of (await readdir(assets)).filter((one) => one.endsWith('.css')))
      await writeFile(join(assets, name), this.#takeImages(await readFile(join(assets, name), 'utf8')));
    for (const [name, text] of this.#assets) await writeFile(join(assets, name), text);
    const rules = Array.from(this.#styles, ([style, name]) => `.${name}{${style}}\n`);
    await writeFile(join(folder, 'code.css'), rules.toSorted().join(''));
  }

  /** Returns the address of a file with this text. */
  #asset(text: string, type: 'js' | 'svg'): string {
    const name = `inline-${createHash('sha256').update(text).digest('hex').slice(0, 12)}.${type}`;
    this.#assets.set(name, text);
    return `${this.#base}assets/${name}`;
  }

  #takeStyle({ properties }: { properties: Record<string, unknown> }): void {
    const { style } = properties;
    if (typeof style !== 'string' || style === '') return;
    const name = this.#styles.get(style) ?? `code-${createHash('sha256').update(style).digest('hex').slice(0, 6)}`;
    this.#styles.set(style, name);
    delete properties['style'];
    const before = properties['class'] ?? properties['className'];
    properties['class'] = [before, name].flat().filter(Boolean).join(' ');
  }
}
