import { ConditionCache } from './condition-cache.ts';
import type { Lookup } from './expression.ts';
import { Extender } from './extends.ts';
import { Spot } from './fault-list.ts';
import type { FaultList } from './fault-list.ts';
import type { Variable, Variables } from './job-plan.ts';
import { get, isMapping } from './mapping.ts';
import type { Mapping } from './mapping.ts';
import type { PipelineContext } from './pipeline-plan.ts';
import { ReferenceResolver } from './resolve-references.ts';
import { ScriptReader } from './script.ts';
import { plainVariables } from './variables.ts';

/** What is at hand while one file is read. */
export interface Reading {
  readonly root: Mapping;
  readonly context: PipelineContext;
  readonly faults: FaultList;
  readonly extender: Extender;
  readonly references: ReferenceResolver;
  readonly conditions: ConditionCache;
  readonly scripts: ScriptReader;
  readonly defaults: Mapping;
}

export function startReading(root: Mapping, context: PipelineContext, faults: FaultList): Reading {
  const extender = new Extender(root, faults);
  const isTemplate = (value: unknown) => isMapping(value) && Object.hasOwn(value, 'extends');
  const names = Object.keys(root).filter((key) => isTemplate(root[key]));
  const extended = { ...root, ...Object.fromEntries(names.map((key) => [key, extender.extend(key).value])) };
  const references = new ReferenceResolver(extended);
  const defaults = references.resolve(get(root, 'default') ?? {}, new Spot(faults, ['default']));
  if (!isMapping(defaults)) new Spot(faults, ['default']).invalid('a mapping', defaults);
  return {
    root: extended,
    context,
    faults,
    extender,
    references,
    conditions: new ConditionCache(),
    scripts: new ScriptReader(),
    defaults: isMapping(defaults) ? defaults : {},
  };
}

/** How `rules` and tags see variables: those of the pipeline first, the predefined ones last (GitLab's precedence). */
export function lookupIn(context: PipelineContext, yaml: Variables): Lookup {
  const { pipelineVariables = {}, projectVariables = {}, source } = context;
  const predefined = { CI_PIPELINE_SOURCE: source, ...context.variables };
  const layers = [
    plainVariables(pipelineVariables),
    plainVariables(projectVariables),
    yaml,
    plainVariables(predefined),
  ];
  return (name) =>
    layers
      .map((layer): Variable | undefined => (Object.hasOwn(layer, name) ? layer[name] : undefined))
      .find((found) => found)?.value;
}
