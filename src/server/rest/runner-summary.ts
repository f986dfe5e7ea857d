import type { NewRunner, RunnerTraits } from '../../coordinator/index.ts';
import { RunnerOrigin, RunnerSummary, viewOf, type CreatedRunner } from '../../protocol/index.ts';

/** Returns what people are shown of a runner. */
export function runnerSummary(runner: RunnerTraits): RunnerSummary {
  const { concurrency, trusted = false, paused = false, stacks = ['*'], record } = runner;
  return viewOf(RunnerSummary, {
    ...runner,
    tags: [...runner.tags],
    stacks: [...stacks],
    sandbox: runner.sandbox === 'always',
    trusted,
    paused,
    concurrency: Number.isFinite(concurrency) ? concurrency : undefined,
    origin: record && viewOf(RunnerOrigin, record),
  });
}

/** With the token, which no other answer has. */
export function createdRunner({ runner, token }: NewRunner): CreatedRunner {
  return { ...runnerSummary(runner), token };
}
