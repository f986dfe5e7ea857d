import { Hono } from 'hono';
import { withoutCredentials } from '../../kit/index.ts';
import {
  archiveOf,
  describeReproduction,
  remoteOf,
  type Coordinator,
  type CoordinatorContext,
  type Reproduction,
  type Stack,
} from '../../coordinator/index.ts';
import { JobReproduction, viewOf } from '../../protocol/index.ts';
import { found } from './problem-answer.ts';
import { jobView } from './views.ts';

/** The data that a job needs to run again elsewhere. */
export function reproductionRoutes(coordinator: Coordinator): Hono {
  const { context } = coordinator;
  const app = new Hono();
  app.get('/jobs/:id/reproduction', async (c) => {
    const id = c.req.param('id');
    const run = found(context.pipelines.run(id), `job ${id}`);
    return c.json(reproductionView(context, await describeReproduction(coordinator, run)));
  });
  return app;
}

function reproductionView(context: CoordinatorContext, reproduction: Reproduction): JobReproduction {
  const { run, record, plan, variables, withheld, dependencies, imageDigest } = reproduction;
  const { stack, head, base, sha, tree, ref } = record;
  return viewOf(JobReproduction, {
    ...record,
    ...reproduction,
    version: 1,
    job: jobView(context, run),
    source: {
      remote: withoutCredentials(remoteOf((context.stacks.get(stack) as Stack).configuration)),
      ref,
      sha,
      tree,
      merge: sha === head ? undefined : { head, base },
    },
    image: plan.image && {
      name: plan.image.name,
      entrypoint: plan.image.entrypoint && [...plan.image.entrypoint],
      digest: imageDigest,
    },
    services: plan.services.map(({ name }) => name),
    script: [...plan.script],
    afterScript: [...plan.afterScript],
    variables: variables.map(({ key, value, raw }) => ({ key, value, raw })),
    withheld: [...withheld],
    inputs: dependencies.map((one) => ({ job: one.run.id, name: one.run.name })),
    hasArtifacts: archiveOf(context, run.id) !== undefined,
  });
}
