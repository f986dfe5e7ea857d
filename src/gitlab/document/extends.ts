import { FaultList } from './fault-list.ts';
import { Field } from './field.ts';
import { MergeMemo, deepMerge, get, isMapping, type Mapping } from './mapping.ts';
import type { WorkBudget } from './work-budget.ts';

/** A job merged with everything that it extends. */
interface ExtendedJob {
  readonly value: Mapping;
  /** The jobs that its parts come from, the strongest first: the job itself, then what it extends. */
  readonly owners: readonly string[];
  /** The depth of the templates that extend each other. */
  readonly levels: number;
}

const MAX_LEVELS = 11;

/** Applies `extends` (https://docs.gitlab.com/ci/yaml/#extends), each template once. */
export class Extender {
  readonly #root: Mapping;
  readonly #faults: FaultList;
  readonly #done = new Map<string, ExtendedJob>();
  readonly #memo: MergeMemo;

  constructor(root: Mapping, faults: FaultList, budget: Pick<WorkBudget, 'merged'>) {
    this.#root = root;
    this.#faults = faults;
    this.#memo = new MergeMemo(budget.merged);
  }

  extend(name: string, path: readonly string[] = []): ExtendedJob {
    const done = this.#done.get(name);
    if (done !== undefined) return done;
    const own = get(this.#root, name);
    const plain: ExtendedJob = { value: isMapping(own) ? own : {}, owners: [name], levels: 0 };
    const names = this.#parents(name, plain.value);
    const job = names.length === 0 ? plain : this.#merge(plain, names, [...path, name]);
    this.#done.set(name, job);
    return job;
  }

  #merge(job: ExtendedJob, parents: readonly string[], path: readonly string[]): ExtendedJob {
    let merged: Mapping = {};
    const owners = [...job.owners];
    let levels = 0;
    for (const parent of parents) {
      const field = new Field({ faults: this.#faults, owners: job.owners }, job.value).at('extends');
      if (path.includes(parent)) {
        field.error('GITLAB_EXTENDS_CYCLE', {
          circle: [...path.slice(path.indexOf(parent)), parent].join(' → '),
        });
        continue;
      }
      const extended = path.length > MAX_LEVELS ? undefined : this.extend(parent, path);
      levels = Math.max(levels, (extended?.levels ?? MAX_LEVELS) + 1);
      if (extended === undefined || levels > MAX_LEVELS) {
        field.error('GITLAB_EXTENDS_TOO_DEEP', { job: job.owners[0], limit: MAX_LEVELS });
        continue;
      }
      merged = deepMerge(merged, extended.value, this.#memo);
      owners.splice(1, 0, ...extended.owners);
    }
    const { extends: _, ...value } = deepMerge(merged, job.value, this.#memo);
    return { value, owners: [...new Set(owners)], levels };
  }

  #parents(name: string, job: Mapping): readonly string[] {
    const field = new Field({ faults: this.#faults, owners: [name] }, job).at('extends');
    if (field.value === undefined) return [];
    return field.items().flatMap(({ value }) => {
      if (typeof value !== 'string') return field.invalid("a job's name or a list of them", value) ?? [];
      if (isMapping(get(this.#root, value))) return [value];
      const known = Object.keys(this.#root).filter((one) => one !== name && isMapping(get(this.#root, one)));
      return field.error('GITLAB_EXTENDS_MISSING', { job: name, template: value }, { name: value, known }) ?? [];
    });
  }
}

/** Returns a job of a valid pipeline, merged with everything that it extends. */
export function extendedJob(pipeline: Mapping, name: string): Mapping {
  return new Extender(pipeline, new FaultList(''), { merged: () => undefined }).extend(name).value;
}
