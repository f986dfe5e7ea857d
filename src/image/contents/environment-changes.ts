import type { EnvironmentChange } from '../../spack/index.ts';

/** Applies changes to variables, one after the other, as Spack does (`spack.util.environment`). */
export function applyChanges(variables: Map<string, string>, changes: readonly EnvironmentChange[]): void {
  for (const change of changes) {
    if (change.action === 'set') variables.set(change.name, change.value);
    else if (change.action === 'unset') variables.delete(change.name);
    else {
      const before = variables.get(change.name) ?? '';
      const parts = before === '' ? [] : before.split(change.separator);
      variables.set(change.name, changed(parts, change).join(change.separator));
    }
  }
}

type ListChange = Exclude<EnvironmentChange, { readonly action: 'set' | 'unset' }>;

const SYSTEM = /^\/(?:usr\/(?:local\/)?)?(?:s?bin(?:64)?|lib(?:64)?|include)?\/*$/;

function changed(parts: readonly string[], change: ListChange): readonly string[] {
  switch (change.action) {
    case 'prepend-path':
      return [change.value, ...parts];
    case 'append-path':
    case 'append-flags':
      return [...parts, change.value];
    case 'remove-path':
    case 'remove-flags':
      return parts.filter((part) => part !== change.value);
    case 'remove-first-path':
      return without(parts, parts.indexOf(change.value));
    case 'remove-last-path':
      return without(parts, parts.lastIndexOf(change.value));
    case 'deprioritize-system-paths':
      return [...parts.filter((part) => !SYSTEM.test(part)), ...parts.filter((part) => SYSTEM.test(part))];
    case 'prune-duplicate-paths':
      return [...new Set(parts)];
  }
}

function without(parts: readonly string[], index: number): readonly string[] {
  return index < 0 ? parts : parts.toSpliced(index, 1);
}
