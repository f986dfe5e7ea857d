import type { Forge } from '../../forge/index.ts';
import type { Failure } from '../../protocol/index.ts';

/** Where the causes of failures are looked for. */
interface Tested {
  readonly forge: Pick<Forge, 'listFiles' | 'readFile'>;
  /** The commit whose files were used. */
  readonly sha: string;
  /** The commit that is reported on; the other one is its merge into the base. */
  readonly head: string;
}

interface Place {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
}

/** Finds the lines of a commit's own files that caused failures. One for the failures of one report. */
export class CauseInFiles {
  readonly #tested: Tested;
  readonly #texts = new Map<string, Promise<readonly string[]>>();
  #paths: Promise<readonly string[]> | undefined;

  constructor(tested: Tested) {
    this.#tested = tested;
  }

  /**
   * Returns the line that a failure names, else the recipe of the package, the line of `spack.yaml` that requires it, or
   * the job in `.gitlab-ci.yml`; undefined if no file of the commit has any of these.
   */
  async find({ position, package: of, jobs }: Failure): Promise<Place | undefined> {
    if (position !== undefined) {
      const path = await this.#pathOf(position.file);
      return path === undefined ? undefined : this.#atHead({ path, line: position.line });
    }
    if (of !== undefined) return (await this.#recipeOf(of.name)) ?? this.#lineOf('spack.yaml', requires(of.name));
    const [job] = jobs;
    return job === undefined ? undefined : this.#lineOf('.gitlab-ci.yml', begins(job.name));
  }

  async #recipeOf(name: string): Promise<Place | undefined> {
    const directory = name.replaceAll('-', '_');
    for (const file of [`recipes/${name}.yaml`, `packages/${name}/package.py`, `packages/${directory}/package.py`]) {
      const path = await this.#pathOf(file);
      if (path !== undefined) return { path, line: 1 };
    }
    return undefined;
  }

  async #lineOf(file: string, isIt: (line: string) => boolean): Promise<Place | undefined> {
    const path = await this.#pathOf(file);
    if (path === undefined) return undefined;
    const line = (await this.#lines(this.#tested.head, path)).findIndex(isIt) + 1;
    return line === 0 ? undefined : { path, line };
  }

  /** Jobs print paths from their working folder, or whole ones of their machine. */
  async #pathOf(file: string): Promise<string | undefined> {
    this.#paths ??= this.#tested.forge.listFiles(this.#tested.head);
    const named = file.replace(/^\.\//, '');
    const isSame = (path: string) => path === named || path.endsWith(`/${named}`) || named.endsWith(`/${path}`);
    const found = (await this.#paths).filter(isSame);
    return found.find((path) => path === named) ?? found.toSorted((one, other) => other.length - one.length)[0];
  }

  /** The merge may have the line elsewhere than the head. */
  async #atHead({ path, line }: Place): Promise<Place | undefined> {
    const { sha, head } = this.#tested;
    const [merged, own] = await Promise.all([this.#lines(sha, path), this.#lines(head, path)]);
    const text = merged[line - 1];
    if (text === undefined || own[line - 1] === text) return line <= own.length ? { path, line } : undefined;
    const same = own.flatMap((one, index) => (one === text ? [index + 1] : []));
    const [nearest] = same.toSorted((one, other) => Math.abs(one - line) - Math.abs(other - line));
    return nearest === undefined ? undefined : { path, line: nearest };
  }

  #lines(sha: string, path: string): Promise<readonly string[]> {
    const key = `${sha} ${path}`;
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const read = this.#tested.forge.readFile(sha, path).then((bytes) => (bytes?.toString('utf8') ?? '').split('\n'));
    this.#texts.set(key, read);
    return read;
  }
}

/** Whether a line of `spack.yaml` requires a package: `- hdf5@1.14 +mpi`, `specs: [hdf5, zlib]`. */
function requires(name: string): (line: string) => boolean {
  return (line) => line.split(/[\s[\],'"^]+/).some((spec) => /^[\w-]+/.exec(spec)?.[0] === name);
}

/** Whether a line of `.gitlab-ci.yml` begins a job. */
function begins(job: string): (line: string) => boolean {
  return (line) => [job, `'${job}'`, `"${job}"`].some((key) => line.startsWith(`${key}:`));
}
