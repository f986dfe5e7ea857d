import { expect, test } from 'vitest';
import type { Hono } from 'hono';
import { pollStack, type Stack } from '../../src/coordinator/index.ts';
import { isPlainText } from '../../src/kit/index.ts';
import type { JobResponse, JobView, PipelineDetail } from '../../src/protocol/index.ts';
import { createApp } from '../../src/server/index.ts';
import { createFeed, createNotificationLedger } from '../../src/store/index.ts';
import { embedded, openLab, type Lab } from '../support/coordinator.ts';
import { hostileName, places, randomFrom } from '../support/hostile-names.ts';
import { MemoryForge } from '../support/memory-forge.ts';

const SEED = Number(process.env.SLIPWAY_TEST_SEED ?? 12);
const NAMES = Number(process.env.SLIPWAY_TEST_NAMES ?? 1000);
const child = 'inner: { script: x }\n';
const refused = new Set([
  'job',
  'needed',
  'dependency',
  'trigger',
  'matrix value',
  'matrix variable',
  'stage',
  'pipeline',
]);

interface Site {
  readonly lab: Lab;
  readonly app: Hono;
  readonly other: Stack;
}

async function openSite(): Promise<Site> {
  const lab = await openLab();
  const { configuration } = lab.stack;
  const other = { ...lab.stack, configuration: { ...configuration, name: 'other' }, forge: new MemoryForge() };
  (lab.context.stacks as Map<string, Stack>).set('other', other);
  const feed = createFeed(lab.database);
  const notifications = createNotificationLedger(lab.database);
  const never = { wake: () => false, poll: async () => undefined };
  const app = createApp(lab.coordinator, { access: lab.access, feed, notifications, page: '/nowhere', ...never });
  return { lab, app, other };
}

/** Pushes a configuration to a stack; gives the id of the pipeline that it made. */
async function push(
  { lab }: Site,
  stack: Stack,
  text: string,
): Promise<{ sha: string; pipeline?: PipelineDetail['id'] }> {
  const forge = stack.forge as MemoryForge;
  const sha = forge.push('main', { '.gitlab-ci.yml': text, 'child.yml': child });
  forge.happens({ type: 'branch-pushed', branch: 'main', sha });
  await pollStack(lab.coordinator, stack);
  const [newest] = lab.context.pipelines.list({ stack: stack.configuration.name, limit: 1 });
  return { sha, ...(newest?.sha === sha ? { pipeline: newest.id } : {}) };
}

const json = (method: string, body: object) => ({
  method,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

/** Runs everything that is ready; gives the jobs in the order in which the server gave them out. */
async function runAll({ app, lab }: Site): Promise<readonly JobResponse[]> {
  const jobs: JobResponse[] = [];
  for (;;) {
    const answer = await app.request('/api/v4/jobs/request', json('POST', { token: embedded.token }));
    expect([201, 204]).toContain(answer.status);
    if (answer.status === 204) return jobs;
    const job = (await answer.json()) as JobResponse;
    jobs.push(job);
    const ended = await app.request(`/api/v4/jobs/${job.id}`, json('PUT', { token: job.token, state: 'success' }));
    expect(ended.status).toBe(200);
    await lab.coordinator.settle();
  }
}

async function get<View>({ app }: Site, path: string): Promise<View> {
  const answer = await app.request(`/api/v1${path}`);
  expect(answer.status, path).toBe(200);
  return (await answer.json()) as View;
}

/** What the server says of a pipeline: names as they were written. */
async function checkViews(site: Site, id: string): Promise<readonly JobView[]> {
  const detail = await get<PipelineDetail>(site, `/pipelines/${id}`);
  const jobs = [...detail.jobs, ...detail.children.flatMap((one) => one.jobs)];
  for (const job of jobs)
    if (job.id !== '') expect((await get<{ job: JobView }>(site, `/jobs/${job.id}`)).job.name).toBe(job.name);
  return jobs;
}

test(`${NAMES} hostile names of seed ${SEED} pass from the file to the REST interface, or are refused, and hold no other stack up`, async () => {
  const site = await openSite();
  const random = randomFrom(SEED);
  const kinds = Object.keys(places);
  let created = 0;
  for (let round = 0; round < NAMES; round += 1) {
    const name = hostileName(random);
    const place = kinds[Math.floor(random() * kinds.length)] as string;
    const what = `round ${round}: ${JSON.stringify(name.slice(0, 300))} as ${place}`;
    const { sha, pipeline } = await push(site, site.lab.stack, (places[place] as (name: string) => string)(name));
    await push(site, site.other, 'waiting: { script: x }');
    const started = await runAll(site);
    const projects = started.map((job) => job.job_info.project_name);
    expect(projects.slice(0, 3), what).toContain('other');
    // Blanks around the name of a pipeline do not count.
    if (refused.has(place) && !isPlainText(place === 'pipeline' ? name.trim() : name))
      expect(pipeline, what).toBeUndefined();
    if (pipeline === undefined) {
      const status = site.lab.status(sha) ?? '';
      expect(isPlainText(status), `${what}: ${status}`).toBe(true);
      expect(status, what).toMatch(/^(?:error|failure): /);
      continue;
    }
    created += 1;
    const jobs = await checkViews(site, pipeline);
    // A child's file of that name is not there.
    const end = place === 'included child' ? 'failed' : 'success';
    expect(new Set(jobs.map(({ status }) => status)), what).toEqual(new Set([end]));
    if (place === 'job' || place === 'needed')
      expect(
        jobs.map((job) => job.name),
        what,
      ).toContain(name);
    if (place === 'matrix value')
      expect(
        jobs.map((job) => job.name),
        what,
      ).toContain(`a: [${name}]`);
  }
  expect(created).toBeGreaterThan(NAMES / 4);
});
