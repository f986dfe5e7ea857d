import type { LayerFacts, LayerPath } from './layer-facts.ts';

/**
 * The image's root folder as far as paths go, after all layers: what the kernel would find at a path, links followed
 * as inside the image. Holds links, programs and folders; plain files only if requested.
 */
export class RootIndex {
  readonly #entries = new Map<string, LayerPath>();

  /** Puts a layer over those before (OCI image-spec, "Applying Changesets"). */
  apply(facts: LayerFacts, options: { readonly withFiles?: boolean } = {}): void {
    for (const one of facts.paths) this.#whiteout(one.path);
    const own = new Map(facts.paths.filter(({ kind }) => kind === 'file').map((one) => [one.path, one]));
    for (const one of facts.paths) {
      const entry = one.kind === 'hard' ? { ...(own.get(one.target ?? '') ?? one), path: one.path } : one;
      const isKept = entry.kind !== 'file' || entry.elf !== undefined || options.withFiles === true;
      if (entry.kind !== 'folder' && this.#entries.get(one.path)?.kind === 'folder') this.#removeBelow(one.path);
      if (isKept) this.#entries.set(one.path, entry);
      else this.#entries.delete(one.path);
    }
  }

  #removeBelow(folder: string): void {
    for (const known of this.#entries.keys()) if (known.startsWith(`${folder}/`)) this.#entries.delete(known);
  }

  get(path: string): LayerPath | undefined {
    return this.#entries.get(path);
  }

  entries(): Iterable<LayerPath> {
    return this.#entries.values();
  }

  /** Returns the entry at an absolute path, all links followed. */
  follow(path: string): LayerPath | undefined {
    const pending = parts(path);
    const done: string[] = [];
    for (let steps = 0; pending.length > 0; steps += 1) {
      if (steps > 400) return undefined;
      const part = pending.shift() as string;
      if (part === '..') {
        done.pop();
        continue;
      }
      const entry = this.#entries.get([...done, part].join('/'));
      if (entry?.kind !== 'link') {
        done.push(part);
        continue;
      }
      const target = entry.target ?? '';
      if (target.startsWith('/')) done.length = 0;
      pending.unshift(...parts(target));
    }
    return this.#entries.get(done.join('/'));
  }

  #whiteout(path: string): void {
    const match = /^(?:(.*)\/)?\.wh\.([^/]+)$/.exec(path);
    if (match === null) return;
    const [, folder, hidden] = match;
    const isOpaque = hidden === '.wh..opq';
    const gone = isOpaque ? (folder ?? '') : [folder, hidden].filter((part) => part !== undefined).join('/');
    for (const known of this.#entries.keys()) {
      if (known.startsWith(gone === '' ? '' : `${gone}/`) || (known === gone && !isOpaque)) this.#entries.delete(known);
    }
  }
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
