import { useState } from 'preact/hooks';
import type { LogSection } from '../../../src/protocol/index.ts';
import { hiddenBy, type Hidden } from './rows.ts';

interface Folds {
  readonly hidden: readonly Hidden[];
  readonly isFolded: (section: LogSection) => boolean;
  readonly toggle: (section: LogSection) => void;
  /** Unfolds whatever hides a line, and returns what is hidden then. */
  readonly open: (line: number) => readonly Hidden[];
}

/** Which sections of a log are folded: at first as the log itself has it. */
export function useFolds(sections: readonly LogSection[]): Folds {
  const [folds, setFolds] = useState<ReadonlyMap<string, boolean>>(new Map());
  const isFolded = (section: LogSection) => folds.get(keyOf(section)) ?? section.collapsed;
  return {
    hidden: hiddenBy(sections, isFolded),
    isFolded,
    toggle: (section) => setFolds(new Map(folds).set(keyOf(section), !isFolded(section))),
    open: (line) => {
      const around = sections.filter((section) => isInside(section, line) && isFolded(section));
      if (around.length > 0) setFolds(new Map([...folds, ...around.map((one) => [keyOf(one), false] as const)]));
      return hiddenBy(sections, (section) => isFolded(section) && !around.includes(section));
    },
  };
}

function keyOf(section: LogSection): string {
  return `${section.name} ${section.first}`;
}

function isInside(section: LogSection, line: number): boolean {
  return line > section.first && line <= (section.last ?? section.first);
}
