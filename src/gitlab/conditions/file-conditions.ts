import { expandVariables } from '../variables/expand-variables.ts';
import type { Lookup } from './expression.ts';
import type { Spot } from '../document/fault-list.ts';
import { get, isMapping, type Mapping } from '../document/mapping.ts';
import { readList, readText, rejectUnknown } from '../document/values.ts';
import type { WorkBudget } from '../document/work-budget.ts';
import type { RepositoryView } from './repository-view.ts';

const MAX_PATTERNS = 50;

export interface FileSetting {
  readonly repository: RepositoryView;
  readonly lookup: Lookup;
  /** The same with variables inside of variables put in, which is how paths see them. */
  readonly expanded: Lookup;
  readonly budget: Pick<WorkBudget, 'putIn' | 'entries'>;
}

/**
 * Whether any of the paths changed; true where nothing can be compared. https://docs.gitlab.com/ci/yaml/#ruleschanges
 */
export function evaluateChanges(value: unknown, spot: Spot, setting: FileSetting): boolean {
  const { repository } = setting;
  const { paths, rest } = readPaths(value, spot, ['compare_to']);
  const written = readText(get(rest, 'compare_to'), spot.child('compare_to'));
  if (!repository.knowsChanges) return assume(spot);
  const compareTo = written === undefined ? undefined : expand(written, setting);
  const changed = repository.changed(compareTo);
  if (changed === undefined && compareTo !== undefined) {
    spot.child('compare_to').error('GITLAB_COMPARE_INVALID', { ref: compareTo });
    return false;
  }
  const patterns = paths.map((path) => expand(path, setting));
  return changed === undefined || repository.matchesAny(patterns, changed);
}

/** Whether any such file is in the repository. https://docs.gitlab.com/ci/yaml/#rulesexists */
export function evaluateExists(value: unknown, spot: Spot, setting: FileSetting): boolean {
  const { repository } = setting;
  const { paths, rest } = readPaths(value, spot, ['project', 'ref']);
  for (const key of Object.keys(rest)) {
    if (key === 'project' || key === 'ref')
      spot.child(key).error('GITLAB_KEYWORD_UNSUPPORTED', {
        keyword: spot.child(key).key,
        remedy: 'Ask for files of this repository only',
      });
  }
  if (!repository.knowsFiles) return assume(spot);
  return repository.hasFile(paths.map((path) => expand(path, setting)));
}

function readPaths(value: unknown, spot: Spot, others: readonly string[]): { paths: readonly string[]; rest: Mapping } {
  const mapping = isMapping(value) ? value : {};
  if (isMapping(value)) rejectUnknown(value, ['paths', ...others], spot);
  const spotPaths = isMapping(value) ? spot.child('paths') : spot;
  const paths = readList(isMapping(value) ? (get(value, 'paths') ?? null) : value, spotPaths) ?? [];
  if (paths.length > MAX_PATTERNS) spotPaths.invalid(`a list of at most ${MAX_PATTERNS} paths`, paths);
  return { paths: paths.slice(0, MAX_PATTERNS), rest: mapping };
}

function expand(text: string, { expanded, budget }: FileSetting): string {
  return expandVariables(text, (name) => {
    const value = expanded(name);
    budget.putIn(value?.length ?? 0);
    return value;
  });
}

function assume(spot: Spot): true {
  spot.warn('GITLAB_CONDITION_ASSUMED', { keyword: spot.key });
  return true;
}
