import type { FetchedInclude, ForeignInclude } from './include/include-entry.ts';
import { defaultLimits } from './limits.ts';
import type { PipelineContext, PipelineText, ReadPipeline } from './pipeline-plan.ts';
import { readPipelineFiles } from './read-pipeline.ts';
import { WorkBudget } from './document/work-budget.ts';

/** The ports of PipelineContext that are asynchronous; each means the same as there. */
export interface PipelineSources {
  readFile(path: string): Promise<string | undefined>;
  listFiles(): Promise<readonly string[]>;
  changedPaths(compareTo?: string): Promise<readonly string[] | undefined>;
  fetchInclude?(include: ForeignInclude): Promise<FetchedInclude | undefined>;
}

const MAX_ROUNDS = 200;

/**
 * Reads a pipeline from asynchronous sources: reads it with the answers that are known, requests the missing ones, and
 * reads again until none is missing. A configuration that needs none is read once. Throws what the sources throw.
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
    fetchInclude:
      sources.fetchInclude &&
      ((include: ForeignInclude) =>
        answers.of(`include ${JSON.stringify(include)}`, async () => sources.fetchInclude?.(include))),
  };
  for (let round = 1; ; round += 1) {
    const result = readPipelineFiles(files, { ...context, ...ports }, budget);
    if (!answers.isIncomplete || round >= MAX_ROUNDS) return result;
    await answers.complete();
  }
}

/** Answers of the sources by the question, and the questions that have none yet. */
class Answers {
  readonly #known = new Map<string, unknown>();
  readonly #open = new Map<string, () => Promise<unknown>>();

  get isIncomplete(): boolean {
    return this.#open.size > 0;
  }

  /** Returns the answer, or undefined until it is known. */
  of<Answer>(question: string, request: () => Promise<Answer>): Answer | undefined {
    if (!this.#known.has(question)) this.#open.set(question, request);
    return this.#known.get(question) as Answer | undefined;
  }

  async complete(): Promise<void> {
    const open = [...this.#open];
    this.#open.clear();
    const answers = await Promise.all(open.map(async ([question, request]) => [question, await request()] as const));
    for (const [question, answer] of answers) this.#known.set(question, answer);
  }
}
