import { Hono } from 'hono';
import { withoutCredentials } from '../../kit/index.ts';
import {
  archiveOf,
  describeReproduction,
  remoteOf,
  type Coordinator,
  type Reproduction,
  type Stack,
} from '../../coordinator/index.ts';
import type { JobReproduction } from '../../protocol/index.ts';
import { archiveResponse } from '../routes/job-leavings.ts';
import { found } from './problem-answer.ts';
import { jobView } from './views.ts';

/** What it takes to run a job again somewhere else: its description, and the archives of jobs. */
export function reproductionRoutes(coordinator: Coordinator): Hono {
  const { context } = coordinator;
  const app = new Hono();
  app.get('/jobs/:id/reproduction', async (c) => {
    const id = c.req.param('id');
    const run = found(context.pipelines.run(id), `job ${id}`);
    return c.json(reproductionView(coordinator, await describeReproduction(coordinator, run)));
  });
  app.get('/jobs/:id/artifacts', (c) => archiveResponse(c, context, c.req.param('id')));
  return app;
}

function reproductionView(coordinator: Coordinator, reproduction: Reproduction): JobReproduction {
  const { run, record, plan, variables, withheld, dependencies, timeout, lockDigest } = reproduction;
  const { stack, trust, request, head, base, sha, tree, ref } = record;
  const { image } = plan;
  return {
    version: 1,
    job: jobView(coordinator, run),
    stack,
    trust,
    request,
    source: {
      remote: withoutCredentials(remoteOf((coordinator.context.stacks.get(stack) as Stack).configuration)),
      ref,
      sha,
      tree,
      merge: sha === head ? undefined : { head, base },
    },
    lockDigest,
    image:
      image === undefined
        ? undefined
        : { name: image.name, entrypoint: image.entrypoint && [...image.entrypoint], digest: reproduction.imageDigest },
    executor: reproduction.executor,
    services: plan.services.map(({ name }) => name),
    script: [...plan.script],
    afterScript: [...plan.afterScript],
    variables: variables.map(({ key, value, raw }) => ({ key, value, raw })),
    withheld: [...withheld],
    inputs: dependencies.map((one) => ({ job: one.run.id, name: one.run.name })),
    hasArtifacts: archiveOf(coordinator.context, run.id) !== undefined,
    timeout,
    failure: reproduction.failure,
  };
}
