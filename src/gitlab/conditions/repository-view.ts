import { compileGlob, type Glob } from '../../kit/index.ts';
import type { Count } from './linear-regex.ts';
import type { PipelineContext } from '../pipeline-plan.ts';

/** GitLab stops comparing here, and treats the condition as true. https://docs.gitlab.com/ci/yaml/#rulesexists */
const MAX_COMPARISONS = 50_000;

/** What rules read from the repository, through the context's ports; each of it once. */
export class RepositoryView {
  readonly #context: Pick<PipelineContext, 'listFiles' | 'changedPaths'>;
  readonly #count: Count;
  readonly #globs = new Map<string, Glob>();
  readonly #matches = new Map<string, readonly string[]>();
  readonly #changed = new Map<string | undefined, readonly string[] | undefined>();
  #files: readonly string[] | undefined;
  #names: ReadonlySet<string> | undefined;

  /** `count` receives the work. */
  constructor(context: Pick<PipelineContext, 'listFiles' | 'changedPaths'>, count: Count = () => {}) {
    this.#context = context;
    this.#count = count;
  }

  get knowsFiles(): boolean {
    return this.#context.listFiles !== undefined;
  }

  get knowsChanges(): boolean {
    return this.#context.changedPaths !== undefined;
  }

  get files(): readonly string[] {
    this.#files ??= this.#context.listFiles?.() ?? [];
    return this.#files;
  }

  /** Paths that changed; undefined where there is nothing to compare with. */
  changed(compareTo: string | undefined): readonly string[] | undefined {
    if (!this.#changed.has(compareTo)) this.#changed.set(compareTo, this.#context.changedPaths?.(compareTo));
    return this.#changed.get(compareTo);
  }

  hasFile(patterns: readonly string[]): boolean {
    this.#names ??= new Set(this.files);
    const names = this.#names;
    return patterns.some((pattern) => names.has(pattern)) || this.matchesAny(patterns, this.files);
  }

  matchesAny(patterns: readonly string[], paths: readonly string[]): boolean {
    if (patterns.length * paths.length > MAX_COMPARISONS) return true;
    this.#count(patterns.length * paths.length);
    return patterns.some((pattern) => {
      const glob = this.#glob(pattern);
      return paths.some((path) => glob(path));
    });
  }

  /** Returns the paths that a pattern of `include:local` or `cache:key:files` matches. */
  filesLike(pattern: string): readonly string[] {
    const known = this.#matches.get(pattern);
    if (known !== undefined) return known;
    this.#count(this.files.length);
    const matches = this.files.filter(compileGlob(pattern, 'include', this.#count));
    this.#matches.set(pattern, matches);
    return matches;
  }

  #glob(pattern: string): Glob {
    const known = this.#globs.get(pattern);
    if (known !== undefined) return known;
    const glob = compileGlob(pattern, 'fnmatch', this.#count);
    this.#globs.set(pattern, glob);
    return glob;
  }
}
