import { join } from 'node:path';
import type { LocalSubmodules } from '../exchange/local-exchange.ts';
import { listSubmoduleFiles } from './submodule-files.ts';
import type { SubmoduleStrategy } from './submodules.ts';
import { copyManyPaths } from './tree-copy.ts';

/** Submodules of a working copy, copied once for each strategy when the first job asks for them: most never do. */
export class SubmoduleCopies {
  readonly #workingCopy: string;
  readonly #folder: string;
  readonly #copies = new Map<SubmoduleStrategy, Promise<LocalSubmodules>>();

  /** Copies are made below `folder`. */
  constructor(workingCopy: string, folder: string) {
    this.#workingCopy = workingCopy;
    this.#folder = folder;
  }

  get(strategy: SubmoduleStrategy): Promise<LocalSubmodules> {
    const known = this.#copies.get(strategy) ?? this.#copy(strategy);
    this.#copies.set(strategy, known);
    return known;
  }

  async #copy(strategy: SubmoduleStrategy): Promise<LocalSubmodules> {
    const folder = join(this.#folder, `submodules-${strategy}`);
    const { missing, ...files } = await listSubmoduleFiles(this.#workingCopy, strategy);
    await copyManyPaths({ folder: this.#workingCopy, ...files }, folder);
    return { tree: { folder, ...files }, missing };
  }
}
