import { Agent, request } from 'node:http';
import { readPipeline, type JobPlan, type PipelinePlan } from '../src/gitlab/index.ts';
import { pollStack, type Stack } from '../src/coordinator/index.ts';
import { createPipeline } from '../src/pipeline/index.ts';
import { serveStack, stackName, type ServedStack } from '../test/support/served-stack.ts';

const TAGS = ['x86', 'arm', 'gpu'] as const;
const RUNNER_VARIABLE = 'BENCH_RUNNER';
/** Jobs that runners have while the bench asks for others. */
const RUNNING = 100;

/** How many jobs wait, and of how many pipelines. */
export interface QueueSize {
  readonly pending: number;
  readonly pipelines: number;
}

export interface GivenJob {
  readonly id: number;
  readonly token: string;
}

/** A server in this process whose jobs wait, and the runners that ask it over HTTP. */
export interface QueueServer {
  readonly served: ServedStack;
  /** Asks for a job; undefined if the runner gets none. */
  ask(runner: string): Promise<GivenJob | undefined>;
  succeed(job: GivenJob): Promise<void>;
  close(): Promise<void>;
}

/** Runner `none` takes no job that waits. */
const runners = ['build', 'other', 'none'] as const;

export async function openQueueServer({ pending, pipelines }: QueueSize): Promise<QueueServer> {
  const configured = runners.map((name) => ({
    name,
    token: { env: `${RUNNER_VARIABLE}_${name.toUpperCase()}` },
    tags: name === 'none' ? ['none'] : [...TAGS],
    runUntagged: name !== 'none',
  }));
  const env = Object.fromEntries(runners.map((name) => [`${RUNNER_VARIABLE}_${name.toUpperCase()}`, `glrt-${name}`]));
  const served = await serveStack({ server: { runners: configured }, env });
  await fill(served, { pending: pending + RUNNING, pipelines });
  const agent = new Agent({ keepAlive: true });
  const { url } = served.server;
  const queue: QueueServer = {
    served,
    ask: async (runner) => {
      const { status, text } = await send(agent, `${url}/api/v4/jobs/request`, {
        method: 'POST',
        body: { token: `glrt-${runner}`, last_update: 'never' },
      });
      if (status !== 201 && status !== 204) throw new Error(`a request for a job ended with ${status}: ${text}`);
      return status === 201 ? (JSON.parse(text) as GivenJob) : undefined;
    },
    succeed: async ({ id, token }) => {
      const { status } = await send(agent, `${url}/api/v4/jobs/${id}`, {
        method: 'PUT',
        body: { token, state: 'success' },
      });
      if (status !== 200) throw new Error(`an update of a job ended with ${status}`);
    },
    close: async () => {
      agent.destroy();
      await served.close();
    },
  };
  for (let count = 0; count < RUNNING; count += 1) await queue.ask('other');
  return queue;
}

async function fill({ repository, server }: ServedStack, { pending, pipelines }: QueueSize): Promise<void> {
  const { context, driver } = server.coordinator;
  await pollStack(server.coordinator, context.stacks.get(stackName) as Stack);
  await server.coordinator.settle();
  for (const { id } of context.pipelines.active()) driver.cancel(id, 'only the jobs of the bench wait');
  const sha = await repository.git('rev-parse', 'main');
  const subject = { stack: stackName, refType: 'branch', ref: 'main', head: sha, base: sha, sha, tree: sha } as const;
  const each = Math.ceil(pending / pipelines);
  for (let made = 0, pipeline = 0; made < pending; made += each, pipeline += 1) {
    const plan = planOf(pipeline, Math.min(each, pending - made));
    const at = new Date().toISOString();
    const trusted = { trust: 'protected', source: 'push' } as const;
    const state = (own: string) => createPipeline(own, plan);
    const { id } = context.pipelines.create({ ...subject, ...trusted }, { at, state });
    driver.dispatch(id, { type: 'started', at });
  }
}

/** Independent builds of packages, with a tag each: made from one, since no file may have so many. */
function planOf(pipeline: number, count: number): PipelinePlan {
  const { plan } = readPipeline('job: { script: ["true"], needs: [] }\n', 'ci.yml', { variables: {}, source: 'push' });
  const [job] = plan?.jobs ?? [];
  if (plan === undefined || job === undefined) throw new Error('the pipeline of the bench cannot be read');
  const jobs = Array.from({ length: count }, (_, index): JobPlan => {
    const hash = `${pipeline}a${index}`.replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)] as string);
    const variables = {
      SPACK_JOB_SPEC_DAG_HASH: { value: hash.padStart(32, 'z'), raw: true },
      SPACK_JOB_SPEC_PKG_NAME: { value: `package-${index % 400}`, raw: true },
    };
    return { ...job, name: `job-${index}`, tags: [TAGS[index % TAGS.length] as string], variables };
  });
  return { ...plan, jobs };
}

interface Sent {
  readonly method: string;
  readonly body: object;
}

function send(agent: Agent, url: string, { method, body }: Sent): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const sent = request(url, { agent, method, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}
