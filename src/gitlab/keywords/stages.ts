import { Spot } from '../document/fault-list.ts';
import { get } from '../document/mapping.ts';
import type { Reading } from '../reading.ts';
import { readNames } from '../document/values.ts';

/** All stages in order, `.pre` and `.post` around them. https://docs.gitlab.com/ci/yaml/#stages */
export function readStages(reading: Reading): readonly string[] {
  const spot = new Spot(reading.faults, ['stages']);
  const value = reading.references.resolve(get(reading.root, 'stages') ?? get(reading.root, 'types'), spot);
  const stages = readNames(value, spot) ?? ['build', 'test', 'deploy'];
  const inner = stages.filter((stage) => stage !== '.pre' && stage !== '.post');
  return ['.pre', ...new Set(inner), '.post'];
}
