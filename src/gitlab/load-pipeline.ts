import type { ForeignInclude } from './include/include-entry.ts';
import { defaultLimits } from './limits.ts';
import type { PipelineContext, PipelineText, ReadPipeline } from './pipeline-plan.ts';
import { readPipelineFiles } from './read-pipeline.ts';
import { WorkBudget } from './document/work-budget.ts';

/** The ports of PipelineContext where answers take time; each means what its namesake there does. */
export interface PipelineSources {
  readFile(path: string): Promise<string | undefined>;
  listFiles(): Promise<readonly string[]>;
  changedPaths(compareTo?: string): Promise<readonly string[] | undefined>;
  fetchInclude?(include: ForeignInclude): Promise<string | undefined>;
}

const MAX_ROUNDS = 200;

/**
 * Reads a pipeline whose sources answer later: reads it with the answers there are, asks what was missing, and reads
 * again until nothing is. A configuration that asks nothing is read once. Throws what the sources throw.
 */
export async function loadPipeline(
  files: readonly PipelineText[],
  context: Omit<PipelineContext, keyof PipelineSources>,
  sources: PipelineSources,
): Promise<ReadPipeline> {
  const answers = new Answers();
  const budget = new WorkBudget({ ...defaultLimits, ...context.limits });
  const ports = {
    readFile: (path: string) => answers.of(`file ${path}`, () => sources.readFile(path)),
    listFiles: () => answers.of('files', () => sources.listFiles()) ?? [],
    changedPaths: (compareTo?: string) =>
      answers.of(`changes ${JSON.stringify(compareTo)}`, () => sources.changedPaths(compareTo)),
    ...(sources.fetchInclude === undefined
      ? {}
      : {
          fetchInclude: (include: ForeignInclude) =>
            answers.of(`include ${JSON.stringify(include)}`, async () => sources.fetchInclude?.(include)),
        }),
  };
  for (let round = 1; ; round += 1) {
    const result = readPipelineFiles(files, { ...context, ...ports }, budget);
    if (!answers.isWaiting || round >= MAX_ROUNDS) return result;
    await answers.arrive();
  }
}

/** What has been asked, and what was answered. */
class Answers {
  readonly #known = new Map<string, unknown>();
  readonly #asked = new Map<string, () => Promise<unknown>>();

  get isWaiting(): boolean {
    return this.#asked.size > 0;
  }

  /** The answer, or undefined while it is still to come. */
  of<Answer>(question: string, ask: () => Promise<Answer>): Answer | undefined {
    if (!this.#known.has(question)) this.#asked.set(question, ask);
    return this.#known.get(question) as Answer | undefined;
  }

  async arrive(): Promise<void> {
    const asked = [...this.#asked];
    this.#asked.clear();
    const answers = await Promise.all(asked.map(async ([question, ask]) => [question, await ask()] as const));
    for (const [question, answer] of answers) this.#known.set(question, answer);
  }
}
