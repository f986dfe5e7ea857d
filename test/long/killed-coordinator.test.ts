import { afterAll, describe, expect, test } from 'vitest';
import { openLab, type Lab } from '../support/coordinator.ts';

const finalJobs = ['generate success', 'build success', 'tide success', 'gauge success'];

/**
 * Kills the server of a pipeline after so many writes and starts it again. Returns false if the pipeline ended first.
 */
async function pipelineKilledAfter(
  writes: number,
): Promise<{ lab: Lab; killed: boolean; sha: string; twice: readonly string[] }> {
  const lab = await openLab();
  const { sha, event } = lab.push('main');
  lab.forge.happens(event, { type: 'tag-pushed', tag: 'rev-1', sha });
  const done = new Set<string>();
  const twice: string[] = [];
  lab.killAfter(writes);
  let killed = false;
  const step = async (): Promise<boolean> => {
    await lab.happens();
    const job = await lab.take();
    if (job === undefined) return false;
    if (done.has(job.run.name)) twice.push(job.run.name);
    await lab.work(job);
    if (lab.context.pipelines.run(job.run.id)?.status === 'success') done.add(job.run.name);
    return true;
  };
  for (let goesOn = true; goesOn;) {
    goesOn = await step().catch((error: unknown) => {
      if (lab.isDead) return true;
      throw error;
    });
    if (!lab.isDead) continue;
    killed = true;
    goesOn = true;
    await lab.reopen();
  }
  await lab.coordinator.settle();
  return { lab, killed, sha, twice };
}

describe('a server that is killed after any of its writes', () => {
  const tried: number[] = [];
  afterAll(() => expect(tried.length).toBeGreaterThan(30));

  test(
    'ends the coordinator as one that was not, with nothing built, run or signed twice',
    { timeout: 900_000 },
    async () => {
      for (let writes = 0, goesOn = true; goesOn; writes += 1) {
        const { lab, killed, sha, twice } = await pipelineKilledAfter(writes);
        tried.push(writes);
        expect({
          writes,
          twice,
          built: lab.built,
          signed: await lab.signed(),
          jobs: lab.jobs('1'),
          pipelines: lab.context.pipelines.list({}).length,
          publications: lab.publications().toSorted(),
          status: lab.status(sha),
          image: lab.status(sha, 'slipway/image')?.split(':')[0],
          unposted: lab.context.ledger.unpostedStatuses('lab'),
          inbox: lab.context.ledger.pendingEvents('lab'),
        }).toEqual({
          writes,
          twice: [],
          built: ['tide', 'gauge'],
          signed: ['tide', 'gauge'],
          jobs: finalJobs,
          pipelines: 1,
          publications: ['1 published', 'latest published'],
          status: 'success: All 3 jobs succeeded',
          image: 'success',
          unposted: [],
          inbox: [],
        });
        goesOn = killed;
      }
    },
  );
});
