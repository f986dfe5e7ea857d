import { ConditionCache } from './conditions/condition-cache.ts';
import { RepositoryView } from './conditions/repository-view.ts';
import type { ContextVariables } from './variables/context-variables.ts';
import { readDefaults } from './keywords/defaults.ts';
import { Extender } from './document/extends.ts';
import type { ExpandedSize } from './document/expanded-size.ts';
import type { FaultList } from './document/fault-list.ts';
import type { Field } from './document/field.ts';
import { isMapping, type Mapping } from './document/mapping.ts';
import type { PipelineContext } from './pipeline-plan.ts';
import { Reference } from './document/reference.ts';
import { ReferenceResolver } from './document/resolve-references.ts';
import { ScriptReader } from './keywords/script.ts';
import type { WorkBudget } from './document/work-budget.ts';

/** What the reading of a configuration starts with. */
export interface ReadingStart {
  readonly budget: WorkBudget;
  readonly context: PipelineContext;
  readonly variables: ContextVariables;
  readonly faults: FaultList;
  readonly sizes: ExpandedSize;
}

/** Everything that the readers of one configuration share. */
export interface Reading extends ReadingStart {
  readonly root: Mapping;
  readonly extender: Extender;
  readonly references: ReferenceResolver;
  readonly conditions: ConditionCache;
  readonly repository: RepositoryView;
  readonly scripts: ScriptReader;
  readonly shared: SharedReader;
  readonly defaults: Mapping;
  /** Names of variables that have been checked, since jobs share most of them. */
  readonly checkedNames: Set<string>;
}

export function startReading(root: Mapping, start: ReadingStart): Reading {
  const { faults, context, budget } = start;
  const extender = new Extender(root, faults, budget);
  const isTemplate = (value: unknown) => isMapping(value) && Object.hasOwn(value, 'extends');
  const names = Object.keys(root).filter((key) => isTemplate(root[key]));
  const jobs = withValues(root, names, (key) => extender.extend(key).value);
  const references = new ReferenceResolver(jobs, faults);
  const whole = Object.keys(jobs).filter((key) => jobs[key] instanceof Reference);
  return {
    ...start,
    root: withValues(jobs, whole, (key) => references.topLevel(key).value),
    extender,
    references,
    conditions: new ConditionCache(budget.matched),
    repository: new RepositoryView(context, budget.matched),
    scripts: new ScriptReader(),
    shared: new SharedReader(),
    checkedNames: new Set(),
    defaults: readDefaults(root, references),
  };
}

/** Returns a mapping with other values for some of its keys. */
function withValues(mapping: Mapping, keys: readonly string[], valueOf: (key: string) => unknown): Mapping {
  if (keys.length === 0) return mapping;
  return { ...mapping, ...Object.fromEntries(keys.map((key) => [key, valueOf(key)])) };
}

/** Reads what aliases and templates share between jobs once, so that the plan shares it too. */
export class SharedReader {
  readonly #known = new Map<string, Map<unknown, unknown>>();

  read<Result>(keyword: string, field: Field, reader: (field: Field) => Result): Result {
    const { value } = field;
    if (typeof value !== 'object' || value === null) return reader(field);
    let known = this.#known.get(keyword);
    if (known === undefined) this.#known.set(keyword, (known = new Map()));
    if (!known.has(value)) known.set(value, reader(field));
    return known.get(value) as Result;
  }
}
