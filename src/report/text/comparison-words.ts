import type { LockComparison } from '../../protocol/index.ts';
import { causeText, growthTexts } from './change-lines.ts';
import { bytesText, counted } from './words.ts';

type Compared = Pick<LockComparison, 'same' | 'added' | 'removed' | 'changed' | 'bytes' | 'causes'>;

/** `12 packages differ: 2 added, 1 removed, 9 changed; 84 are the same`. */
export function comparisonHeadline({ same, added, removed, changed }: Compared): string {
  const parts = [
    [added.length, 'added'],
    [removed.length, 'removed'],
    [changed.length, 'changed'],
  ] as const;
  const total = added.length + removed.length + changed.length;
  if (total === 0) return `No package differs: ${counted(same, 'package')} on both sides`;
  const some = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return `${counted(total, 'package')} ${total === 1 ? 'differs' : 'differ'}: ${some.join(', ')}; ${same} the same`;
}

/** The causes of a comparison, one by one, and its sizes as sentences. */
export function comparisonWords({ causes, bytes, added, changed }: Compared): LockComparison['words'] {
  const { unknown } = bytes;
  const fresh = added.length + changed.length;
  const guess = unknown === 0 ? '' : `, and ${counted(unknown, 'package')} of unknown size`;
  const sizes =
    fresh === 0 || bytes.added === undefined ? [] : [`The packages that differ have ${bytesText(bytes.added)}${guess}`];
  return {
    causes: causes.map(causeText),
    facts: [...sizes, ...growthTexts(bytes)].map((text) => `${text}.`),
  };
}
