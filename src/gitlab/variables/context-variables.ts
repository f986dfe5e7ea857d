import type { Lookup } from '../conditions/expression.ts';
import type { Variables } from '../job-plan.ts';
import type { PipelineContext } from '../pipeline-plan.ts';
import { expandVariables } from './expand-variables.ts';
import { plainVariables } from './variables.ts';

const MAX_NESTING = 100;

/** The variables that a pipeline has besides those of its configuration, in GitLab's order of precedence. */
export class ContextVariables {
  /** Those of the pipeline itself, which every job has. */
  readonly ofPipeline: Variables;
  readonly #above: readonly Readonly<Record<string, string>>[];
  readonly #predefined: Readonly<Record<string, string>>;
  readonly #putIn: (characters: number) => void;

  /** `putIn` receives the number of characters that replace names in tags and the like. */
  constructor(
    { pipelineVariables = {}, projectVariables = {}, source, variables }: PipelineContext,
    putIn: (characters: number) => void = () => {},
  ) {
    this.#putIn = putIn;
    this.ofPipeline = plainVariables(pipelineVariables);
    this.#above = [pipelineVariables, projectVariables];
    this.#predefined = { CI_PIPELINE_SOURCE: source, ...variables };
  }

  /** Variables as `rules` use them: as written, not expanded. `own`: predefined variables of the job itself. */
  over(yaml: Variables, own: Lookup = () => undefined): Lookup {
    return (name) => {
      for (const layer of this.#above) if (Object.hasOwn(layer, name)) return layer[name];
      if (Object.hasOwn(yaml, name)) return yaml[name]?.value;
      return own(name) ?? (Object.hasOwn(this.#predefined, name) ? this.#predefined[name] : undefined);
    };
  }

  /** Variables as tags and names use them: with variables within variables expanded; circles stay as written. */
  expandedOver(yaml: Variables, own?: Lookup): Lookup {
    const plain = this.over(yaml, own);
    const open = new Set<string>();
    const known = new Map<string, string>();
    const lookup: Lookup = (name) => {
      const value = plain(name);
      const isFinal = value === undefined || !/[$%]/.test(value) || (yaml[name]?.value === value && yaml[name].raw);
      if (isFinal || open.has(name) || open.size > MAX_NESTING) return open.has(name) ? undefined : value;
      const before = known.get(name);
      if (before !== undefined) return before;
      open.add(name);
      const expanded = expandVariables(value, counted);
      open.delete(name);
      known.set(name, expanded);
      return expanded;
    };
    const counted: Lookup = (name) => {
      const value = lookup(name);
      this.#putIn(value?.length ?? 0);
      return value;
    };
    return counted;
  }
}
