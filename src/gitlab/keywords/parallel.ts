import type { Field } from '../document/field.ts';
import type { JobSource } from '../jobs/job-source.ts';
import { isForeignNeed, type Need } from '../job-plan.ts';
import { readVariants, type Variant } from './matrix.ts';
import type { WrittenNeed } from './needs.ts';
import { checkMapping } from '../document/values.ts';

/** One of the jobs that a job with `parallel` becomes. */
export interface Copy {
  readonly name: string;
  /** From 1. */
  readonly index: number;
  readonly total: number;
  /** Of a matrix: its variables. */
  readonly variant: Variant;
}

/** The job that needs others. */
interface Needer {
  readonly name: string;
  readonly field: Field;
  readonly variant: Variant;
}

const MAX_COPIES = 200;

/** Copies of all jobs with `parallel`, by the name of the job. */
export class Copies {
  readonly #known: ReadonlyMap<string, readonly Copy[]>;
  /** Lists without variants, which mean the same for every job that shares them. */
  readonly #spread = new Map<readonly WrittenNeed[], readonly Need[]>();
  readonly #count: (entries: number) => void;

  /** `count` receives the number of needs that jobs get. */
  constructor(sources: readonly JobSource[], count: (entries: number) => void) {
    this.#count = count;
    const parallel = sources.filter(({ field }) => field.has('parallel'));
    const known = parallel.map((source) => [source.name, copiesOf(source)] as const);
    this.#known = new Map(known.filter(([, copies]) => copies.length > 0));
  }

  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  /** Undefined for a job without `parallel`. */
  of(job: string): readonly Copy[] | undefined {
    return this.#known.get(job);
  }

  /** Returns needs of single jobs: a need of a job means all of its copies, unless it names some. */
  spread(needs: readonly WrittenNeed[], needer: Needer): readonly Need[] {
    const hasVariants = needs.some(({ variants }) => variants !== undefined);
    const known = hasVariants ? undefined : this.#known.size === 0 ? needs : this.#spread.get(needs);
    this.#count((known ?? needs).length);
    if (known !== undefined) return known;
    const all = needs.flatMap((need) => this.#chosen(need, needer));
    if (!hasVariants) this.#spread.set(needs, all);
    return all;
  }

  /** Returns the jobs that a name means in this pipeline. */
  names(job: string): readonly string[] {
    const copies = this.of(job);
    this.#count(copies?.length ?? 1);
    return copies?.map(({ name }) => name) ?? [job];
  }

  #chosen({ variants, ...need }: WrittenNeed, { name, field, variant: own }: Needer): readonly Need[] {
    if (isForeignNeed(need)) return [need];
    if (variants === undefined) return this.names(need.job).map((job) => ({ ...need, job }));
    this.#count(variants.length * (this.of(need.job)?.length ?? 1));
    const filled = variants.map((variant) => fillVariant(variant, own));
    return filled.flatMap((variant) => {
      const found = this.of(need.job)?.find((copy) => isSame(copy.variant, variant));
      if (found !== undefined) return [{ ...need, job: found.name }];
      if (!need.optional)
        field.error('GITLAB_NEED_MISSING', {
          job: name,
          need: nameOf(need.job, variant),
          reason: 'which is not in its matrix',
        });
      return [];
    });
  }
}

/** `$[[ matrix.X ]]` in a need is the needing job's own value. https://docs.gitlab.com/ci/yaml/matrix_expressions/ */
function fillVariant(variant: Variant, own: Variant): Variant {
  const fill = (text: string) =>
    text.replace(/\$\[\[\s*matrix\.(\w+)\s*\]\]/g, (whole, name: string) => own[name] ?? whole);
  return Object.fromEntries(Object.entries(variant).map(([name, value]) => [name, fill(value)]));
}

/** The order of the variables counts, as it does in the names of the jobs. */
function isSame(one: Variant, other: Variant): boolean {
  const [names, others] = [Object.keys(one), Object.keys(other)];
  return (
    names.length === others.length && names.every((name, index) => name === others[index] && one[name] === other[name])
  );
}

/** `parallel: N` makes `name 1/N` …, a matrix `name: [value, value]` …; https://docs.gitlab.com/ci/yaml/#parallel */
function copiesOf({ name, field }: JobSource): readonly Copy[] {
  const parallel = field.at('parallel');
  const { value } = parallel;
  if (parallel.isMapping) {
    checkMapping(parallel, ['matrix']);
    const variants = readVariants(parallel.at('matrix'));
    return variants.map((variant, index) => ({
      name: nameOf(name, variant),
      index: index + 1,
      total: variants.length,
      variant,
    }));
  }
  if (field.has('trigger')) return parallel.invalid('a mapping with `matrix` in a job with a `trigger`') ?? [];
  const isWhole = typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_COPIES;
  if (!isWhole) return parallel.invalid(`a whole number from 1 to ${MAX_COPIES}, or a mapping with \`matrix\``) ?? [];
  return Array.from({ length: value }, (_, index) => ({
    name: `${name} ${index + 1}/${value}`,
    index: index + 1,
    total: value,
    variant: {},
  }));
}

function nameOf(job: string, variant: Variant): string {
  return `${job}: [${Object.values(variant).join(', ')}]`;
}
