import type { JobPlan } from '../../gitlab/index.ts';

type Note = 'tags' | 'image' | 'id_tokens';

/** Tells in a job's log what of it does not happen here. What is the same for all jobs is told once in a run. */
export class JobNotes {
  readonly #told = new Set<Note>();

  for({ name, tags, image, services, idTokens }: JobPlan, given: Readonly<Record<string, unknown>>): readonly string[] {
    const notes: string[] = [];
    if (tags.length > 0 && this.#isFirst('tags'))
      notes.push(`jobs run on this machine whatever their tags; this one asks for ${listed(tags)}`);
    if (image !== undefined && this.#isFirst('image'))
      notes.push(`jobs run in shells of this machine, so the image \`${image.name}\` is not used, nor is any other`);
    if (services.length > 0) {
      const names = services.map((service) => service.alias ?? service.name);
      notes.push(
        `the services of \`${name}\` are not started: ${listed(names)}. Start them yourself, and name their host with \`--variable\``,
      );
    }
    const signed = Object.keys(idTokens ?? {}).filter((token) => !Object.hasOwn(given, token));
    if (signed.length > 0 && this.#isFirst('id_tokens'))
      notes.push(
        `identity tokens are signed with a key of this run, which nobody else trusts. Give a real one with \`--secret ${signed[0] ?? ''}\``,
      );
    return notes.map((note) => `WARNING: ${note}`);
  }

  #isFirst(note: Note): boolean {
    const isFirst = !this.#told.has(note);
    this.#told.add(note);
    return isFirst;
  }
}

function listed(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}
