import type { Field } from '../document/field.ts';
import { isMapping } from '../document/mapping.ts';
import type { WorkBudget } from '../document/work-budget.ts';
import { accessInput, shownInput } from './access-input.ts';
import { readInputs, type InputValue } from './input-specs.ts';
import { resolveInputs } from './input-values.ts';

/** Keywords in which a job's inputs are interpolated. */
const FIELDS = ['after_script', 'artifacts', 'before_script', 'cache', 'image', 'script', 'services'];
const BLOCK = /(\\?)\$\{\{([^}]*)\}\}/g;

/**
 * Returns a job with every `${{ job.inputs.x }}` replaced by that input's default.
 * https://docs.gitlab.com/ci/jobs/job_inputs/
 */
export function withJobInputs(job: Field, budget: WorkBudget): Field {
  if (!job.has('inputs')) return job;
  const specs = readInputs(job.at('inputs'));
  const inputs = resolveInputs(specs, {}, undefined);
  if (inputs.size < specs.size) return job;
  const fields = FIELDS.filter((key) => job.has(key)).map((key) => {
    const field = job.at(key);
    return [key, new Filling(inputs, field, budget).fill(field.value)] as const;
  });
  return job.with({ ...job.mapping, ...Object.fromEntries(fields) });
}

class Filling {
  readonly #inputs: ReadonlyMap<string, InputValue>;
  readonly #field: Field;
  readonly #budget: WorkBudget;
  /** Values that aliases share are filled once. */
  readonly #filled = new Map<object, unknown>();

  constructor(inputs: ReadonlyMap<string, InputValue>, field: Field, budget: WorkBudget) {
    this.#inputs = inputs;
    this.#field = field;
    this.#budget = budget;
  }

  fill(value: unknown): unknown {
    if (typeof value === 'string') return value.includes('${{') ? this.#text(value) : value;
    if (typeof value !== 'object' || value === null) return value;
    const known = this.#filled.get(value);
    if (known !== undefined) return known;
    const filled = Array.isArray(value) ? value.map((one) => this.fill(one)) : this.#mapping(value);
    this.#filled.set(value, filled);
    return filled;
  }

  #mapping(value: object): unknown {
    if (!isMapping(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.fill(one)]));
  }

  /** A text that is one block keeps the type of the value. */
  #text(text: string): unknown {
    const alone = /^\$\{\{([^}]*)\}\}$/.exec(text.trim())?.[1];
    if (alone !== undefined) return this.#value(alone, text);
    return text.replaceAll(BLOCK, (whole, escape: string, block: string) => {
      if (escape !== '') return whole.slice(1);
      return shownInput(this.#value(block, text));
    });
  }

  #value(block: string, text: string): unknown {
    const path = /^\s*(?:str\(\s*)?job\.(inputs\.[^\s)]+)(?:\s*\))?\s*$/.exec(block)?.[1];
    const found = path === undefined ? { fault: 'is no input' } : accessInput(path, this.#inputs);
    if ('fault' in found) return this.#field.invalid('text in which `${{ … }}` names inputs of the job', text) ?? '';
    this.#budget.putIn(typeof found.value === 'string' ? found.value.length : 10);
    return found.value;
  }
}
