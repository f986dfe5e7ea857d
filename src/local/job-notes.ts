import { shellWarnings } from '../executor/index.ts';
import type { AssignedJob } from '../pipeline/index.ts';
import type { JobResponse } from '../protocol/index.ts';

type Note = 'tags' | 'image' | 'id_tokens';

/**
 * Returns warnings for a job's log about what `slipway run` does not do. A warning that concerns all jobs comes once.
 */
export class JobNotes {
  readonly #shown = new Set<Note>();

  for({ plan, tokens }: AssignedJob, { image, services }: Pick<JobResponse, 'image' | 'services'>): readonly string[] {
    const { tags } = plan;
    const notes: string[] = [];
    if (tags.length > 0 && this.#isFirst('tags'))
      notes.push(`jobs run on this machine whatever their tags; this one requires ${listed(tags)}`);
    const isShown = image && this.#isFirst('image');
    notes.push(...shellWarnings({ image: isShown ? image : undefined, services }));
    const [token] = tokens;
    if (token !== undefined && this.#isFirst('id_tokens'))
      notes.push(
        'identity tokens are signed with a key of this run, which no other system trusts. ' +
          `Pass a real one with \`--secret ${token}\``,
      );
    return notes.map((note) => `WARNING: ${note}`);
  }

  #isFirst(note: Note): boolean {
    const isFirst = !this.#shown.has(note);
    this.#shown.add(note);
    return isFirst;
  }
}

function listed(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}
