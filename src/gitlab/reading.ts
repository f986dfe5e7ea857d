import { ConditionCache } from './conditions/condition-cache.ts';
import { RepositoryView } from './conditions/repository-view.ts';
import type { ContextVariables } from './variables/context-variables.ts';
import { readDefaults } from './keywords/defaults.ts';
import { Extender } from './document/extends.ts';
import type { ExpandedSize } from './document/expanded-size.ts';
import { Spot, type FaultList } from './document/fault-list.ts';
import { isMapping, type Mapping } from './document/mapping.ts';
import type { PipelineContext } from './pipeline-plan.ts';
import { Reference } from './document/reference.ts';
import { ReferenceResolver } from './document/resolve-references.ts';
import { ScriptReader } from './keywords/script.ts';
import type { WorkBudget } from './document/work-budget.ts';

/** What is at hand while one configuration is read. */
export interface Reading {
  readonly root: Mapping;
  readonly budget: WorkBudget;
  readonly context: PipelineContext;
  readonly variables: ContextVariables;
  readonly faults: FaultList;
  readonly extender: Extender;
  readonly references: ReferenceResolver;
  readonly conditions: ConditionCache;
  readonly repository: RepositoryView;
  readonly scripts: ScriptReader;
  readonly shared: SharedReader;
  readonly sizes: ExpandedSize;
  readonly defaults: Mapping;
  /** Names of variables that have been checked, since jobs share most of them. */
  readonly checkedNames: Set<string>;
}

export interface ReadingStart {
  readonly budget: WorkBudget;
  readonly context: PipelineContext;
  readonly variables: ContextVariables;
  readonly faults: FaultList;
  readonly sizes: ExpandedSize;
}

export function startReading(root: Mapping, start: ReadingStart): Reading {
  const { faults, context, budget } = start;
  const extender = new Extender(root, faults, budget);
  const isTemplate = (value: unknown) => isMapping(value) && Object.hasOwn(value, 'extends');
  const names = Object.keys(root).filter((key) => isTemplate(root[key]));
  const jobs =
    names.length === 0
      ? root
      : { ...root, ...Object.fromEntries(names.map((key) => [key, extender.extend(key).value])) };
  const references = new ReferenceResolver(jobs);
  const whole = Object.keys(jobs).filter((key) => jobs[key] instanceof Reference);
  const resolved = whole.map((key) => [key, references.resolve(jobs[key], new Spot(faults, [key]))] as const);
  const extended = whole.length === 0 ? jobs : { ...jobs, ...Object.fromEntries(resolved) };
  return {
    ...start,
    root: extended,
    extender,
    references,
    conditions: new ConditionCache(budget.matched),
    repository: new RepositoryView(context, budget.matched),
    scripts: new ScriptReader(),
    shared: new SharedReader(),
    checkedNames: new Set(),
    defaults: readDefaults(extended, references, faults),
  };
}

/** Reads what aliases and templates share between jobs once, so that the plan shares it too. */
export class SharedReader {
  readonly #known = new Map<string, Map<object, unknown>>();

  read<Result>(
    keyword: string,
    value: unknown,
    as: { spot: Spot; reader: (value: unknown, spot: Spot) => Result },
  ): Result {
    if (typeof value !== 'object' || value === null) return as.reader(value, as.spot);
    let known = this.#known.get(keyword);
    if (known === undefined) this.#known.set(keyword, (known = new Map()));
    if (known.has(value)) return known.get(value) as Result;
    const result = as.reader(value, as.spot);
    known.set(value, result);
    return result;
  }
}
