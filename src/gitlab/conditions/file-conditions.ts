import type { Field } from '../document/field.ts';
import { checkMapping, readList, readText } from '../document/values.ts';
import type { WorkBudget } from '../document/work-budget.ts';
import { expandVariables } from '../variables/expand-variables.ts';
import type { Lookup } from './expression.ts';
import type { RepositoryView } from './repository-view.ts';

const MAX_PATTERNS = 50;

export interface FileSetting {
  readonly repository: RepositoryView;
  readonly lookup: Lookup;
  /** The same with variables within variables expanded, as paths use them. */
  readonly expanded: Lookup;
  readonly budget: Pick<WorkBudget, 'putIn' | 'entries'>;
}

/**
 * Returns whether any of the paths changed; true where nothing can be compared.
 * https://docs.gitlab.com/ci/yaml/#ruleschanges
 */
export function evaluateChanges(field: Field, setting: FileSetting): boolean {
  const { repository } = setting;
  const paths = readPaths(field, ['compare_to']);
  const written = readText(field.at('compare_to'));
  if (!repository.knowsChanges) return assume(field);
  const compareTo = written === undefined ? undefined : expand(written, setting);
  const changed = repository.changed(compareTo);
  if (changed === undefined && compareTo !== undefined)
    return field.at('compare_to').error('GITLAB_COMPARE_INVALID', { ref: compareTo }) ?? false;
  const patterns = paths.map((path) => expand(path, setting));
  return changed === undefined || repository.matchesAny(patterns, changed);
}

/** Returns whether any such file is in the repository. https://docs.gitlab.com/ci/yaml/#rulesexists */
export function evaluateExists(field: Field, setting: FileSetting): boolean {
  const { repository } = setting;
  const others = ['project', 'ref'];
  const paths = readPaths(field, others);
  for (const key of others.filter((name) => field.has(name)))
    field.at(key).unsupported('Use files of this repository only');
  if (!repository.knowsFiles) return assume(field);
  return repository.hasFile(paths.map((path) => expand(path, setting)));
}

function readPaths(field: Field, others: readonly string[]): readonly string[] {
  if (field.isMapping) checkMapping(field, ['paths', ...others]);
  const list = field.isMapping ? field.required('paths') : field;
  const paths = readList(list) ?? [];
  if (paths.length > MAX_PATTERNS) list.invalid(`a list of at most ${MAX_PATTERNS} paths`);
  return paths.slice(0, MAX_PATTERNS);
}

function expand(text: string, { expanded, budget }: FileSetting): string {
  return expandVariables(text, (name) => {
    const value = expanded(name);
    budget.putIn(value?.length ?? 0);
    return value;
  });
}

function assume(field: Field): true {
  field.warn('GITLAB_CONDITION_ASSUMED', { keyword: field.key });
  return true;
}
