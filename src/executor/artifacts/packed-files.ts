import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { SecretSearch, type NamedSecrets } from '../../kit/index.ts';
import { runnerError } from '../errors.ts';
import type { ArtifactFile } from './artifact-files.ts';

export interface FilesToPack {
  readonly folder: string;
  readonly files: readonly ArtifactFile[];
  /** Values that no file may contain. */
  readonly secrets: NamedSecrets;
}

/** Findings that a message lists. */
const MOST_LISTED = 20;

/** Reads files for an archive, and searches for secrets in what it reads. Call `refuseSecrets` at the end. */
export class PackedFiles {
  readonly #folder: string;
  readonly #search: SecretSearch;
  readonly #found = new Set<string>();

  constructor({ folder, files, secrets }: FilesToPack) {
    this.#folder = folder;
    this.#search = new SecretSearch(secrets);
    for (const { path } of files) this.#note(path, this.#search.find(path));
  }

  /** Opens a file. Start to read it at once. */
  open(path: string): Readable {
    const stream = createReadStream(join(this.#folder, path));
    if (this.#search.isEmpty) return stream;
    const scan = this.#search.open();
    stream.on('data', (chunk) => scan.push(chunk as Buffer));
    stream.on('end', () => this.#note(path, scan.found));
    return stream;
  }

  /** Searches a text that is packed without being read here, such as the target of a link. */
  search(path: string, text: string): void {
    this.#note(path, this.#search.find(text));
  }

  /** Throws RUNNER_ARTIFACT_HOLDS_SECRET with each file that contains a secret, and the variable whose value it is. */
  refuseSecrets(): void {
    if (this.#found.size === 0) return;
    const [listed, others] = [[...this.#found].slice(0, MOST_LISTED), this.#found.size - MOST_LISTED];
    const found = others > 0 ? [...listed, `${others} more`] : listed;
    throw runnerError('RUNNER_ARTIFACT_HOLDS_SECRET', { found: found.join(', ') });
  }

  #note(path: string, name: string | undefined): void {
    if (name !== undefined) this.#found.add(`\`${this.#search.mask(path)}\` (${name})`);
  }
}
