import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const fixture = fileURLToPath(new URL('../test/fixtures/gitlab/spack-0.23-tutorial-pipeline.yml', import.meta.url));
const GLOBALS = /^(?:stages|variables|workflow):/;

/**
 * A pipeline as Spack would write it for a stack many times the tutorial's: its real jobs over and over, each round
 * with names, needs and anchors of its own. Stops at whichever comes first, jobs or characters.
 */
export function multipliedPipeline(most: { readonly jobs?: number; readonly characters?: number }): {
  readonly text: string;
  readonly jobs: number;
} {
  const { jobs: mostJobs = Infinity, characters = Infinity } = most;
  const blocks = readFileSync(fixture, 'utf8').split(/^(?=[^\s-])/m);
  const parts = blocks.filter((block) => GLOBALS.test(block));
  const originals = blocks.filter((block) => !GLOBALS.test(block));
  let jobs = 0;
  let length = 0;
  for (let round = 0; jobs < mostJobs && length < characters; round += 1) {
    for (const original of originals) {
      const part = renamed(original, round);
      parts.push(part);
      jobs += 1;
      length += part.length;
    }
  }
  return { text: parts.join(''), jobs };
}

/**
 * Names end in `Spack Tutorial` (perhaps over a line's end), but for the jobs at the end of the pipeline, which stand
 * at the line's begin.
 */
function renamed(block: string, round: number): string {
  return block
    .replace(/(Spack\s+)Tutorial/g, `$1Tutorial-${round}`)
    .replace(/([&*])id(\d+)/g, `$1r${round}id$2`)
    .replace(/^([a-z-]+):$/m, (whole, name: string) => (block.startsWith(whole) ? `${name}-${round}:` : whole));
}
