import { readPipeline, type PipelinePlan } from '../../src/gitlab/index.ts';

/** The plan of a pipeline's text, which must be without a fault. */
export function planFrom(text: string): PipelinePlan {
  const { plan, diagnostics } = readPipeline(text, '.gitlab-ci.yml', { variables: {}, source: 'push' });
  if (plan === undefined) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return plan;
}
