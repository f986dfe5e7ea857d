import { readNames } from '../document/values.ts';
import type { Reading } from '../reading.ts';

/** Returns all stages in order, `.pre` and `.post` around them. https://docs.gitlab.com/ci/yaml/#stages */
export function readStages({ references }: Reading): readonly string[] {
  const field = references.topLevel('stages');
  const stages = readNames(field.isEmpty ? references.topLevel('types') : field) ?? ['build', 'test', 'deploy'];
  const inner = stages.filter((stage) => stage !== '.pre' && stage !== '.post');
  return ['.pre', ...new Set(inner), '.post'];
}
