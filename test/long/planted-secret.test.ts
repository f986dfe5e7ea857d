import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { createDemoRepository } from '../../src/demo/demo-repository.ts';
import { extractArchive } from '../../src/executor/index.ts';
import { programEntry } from '../../src/kit/package-root.ts';
import { contentsBelow } from '../support/contents-below.ts';
import { encodedSecret, encoders, hardSecret } from '../support/encoded-secret.ts';
import { temporaryFolder } from '../support/mirror-package.ts';
import { serveStack, testSigningKey, type ServedStack, type ServeOptions } from '../support/served-stack.ts';
import { asStarted, serverPid } from '../support/server-process.ts';

const { encodings, texts, foundIn } = await encodedSecret();

/** Jobs that print the secret in each encoding, leave it in files, report it, and have it in their description. */
function pipeline(go: string, leavingVariables: Readonly<Record<string, string>> = {}): string {
  const each = encodings.map((name, index) => `(${encoders[name]}; echo) | tee encoded-${index}`);
  const wait = ['echo waiting', `until [ -e ${go} ] || [ ! -e ${dirname(go)} ]; do sleep 0.1; done`];
  const variables = { ADDRESS: 'https://user:$PHRASE@example.org' };
  return JSON.stringify({
    printing: { variables, script: [...each, ...wait] },
    leaving: { variables: leavingVariables, script: each, artifacts: { paths: ['encoded-*'] } },
    reporting: { script: ['echo "LEAKED=$PHRASE" > leaked.env'], artifacts: { reports: { dotenv: 'leaked.env' } } },
  });
}

/** Variables with the secret in each encoding; none can have the zero bytes of UTF-16. */
const inVariables = encodings.filter((name) => name !== 'UTF-16');
const variablesWithSecret = Object.fromEntries(
  inVariables.map((name, index) => [`ENCODED_${index}`, texts.get(name) as string]),
);

/** Contents of the files of a folder. */
const filesBelow = async (folder: string, isSearched?: (path: string) => boolean): Promise<readonly Buffer[]> => [
  ...(await contentsBelow(folder, isSearched)).values(),
];

/** The command lines of all processes. */
async function commandLines(): Promise<readonly Buffer[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`).catch(() => Buffer.alloc(0))));
}

/** Reports of Node.js in a folder, without those that a process is still writing. */
async function reportsBelow(folder: string): Promise<readonly Buffer[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('report.'));
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name))));
  return contents.filter((bytes) => isJson(bytes.toString()));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

let served: ServedStack | undefined;
afterEach(() => served?.close());

/** Runs the jobs of a stack, and returns where the secret is found while they run and afterwards. */
async function leak({ variables, ...options }: ServeOptions & { variables?: Readonly<Record<string, string>> }) {
  const go = join(await temporaryFolder(), 'go');
  const runners = [{ name: 'embedded', embedded: true, concurrency: 2, sandbox: 'never' as const }];
  const stack = (served = await serveStack({ ...options, server: { runners } }));
  const sha = await stack.push('main', { '.gitlab-ci.yml': pipeline(go, variables) });
  stack.server.wake('small-stack');
  while (!/^waiting$/m.test((await stack.jobs(sha)).get('printing')?.log ?? '')) await sleep(50);
  const processes = foundIn(...(await commandLines()));
  await writeFile(go, '');
  await stack.finalStatus(sha);
  const jobs = await stack.jobs(sha);
  const { pipelines } = stack.server.coordinator.context;
  const runs = pipelines.list({ stack: 'small-stack' }).flatMap(({ id }) => pipelines.runs(id));
  const bundles = await Promise.all(
    runs.map(async ({ id }) => fetch(`${stack.server.url}/api/v1/jobs/${id}/reproduction`).then((one) => one.text())),
  );
  const data = join(stack.folder, 'data');
  const unpacked = await temporaryFolder();
  for (const { id } of runs) {
    const archive = await fetch(`${stack.server.url}/api/v1/jobs/${id}/artifacts`);
    if (archive.status !== 200) continue;
    const file = join(await temporaryFolder(), 'archive.zip');
    await writeFile(file, Buffer.from(await archive.arrayBuffer()));
    await extractArchive(file, unpacked, { job: id, maxBytes: 2 ** 20 });
  }
  return {
    jobs,
    processes,
    logs: foundIn(...[...jobs.values()].map(({ log }) => Buffer.from(log))),
    artifacts: foundIn(...(await filesBelow(unpacked))),
    bundles: foundIn(...bundles.map((text) => Buffer.from(text))),
    // With its log.
    database: foundIn(...(await filesBelow(data, (path) => join(data, path).startsWith(stack.server.folder.database)))),
    // Whatever else the server keeps.
    data: foundIn(...(await filesBelow(data))),
  };
}

describe('a secret that jobs print and leave in twelve encodings', () => {
  test('is in no log, artifact, bundle, database or command line, and the jobs that leave it fail', async () => {
    expect(encodings).toHaveLength(12);
    const stack = { secrets: [{ name: 'PHRASE', from: { env: 'PLANTED' }, scope: 'protected' as const }] };
    const { jobs, ...found } = await leak({ stack, env: { PLANTED: hardSecret } });
    expect(found).toEqual({ processes: [], logs: [], artifacts: [], bundles: [], database: [], data: [] });
    expect(jobs.get('printing')).toMatchObject({ status: 'success' });
    expect(jobs.get('printing')?.log.match(/\[MASKED\]/g)?.length).toBeGreaterThanOrEqual(12);
    const { status, log } = jobs.get('leaving') as { status: string; log: string };
    expect(status).toBe('failed');
    for (const index of encodings.keys()) expect(log).toContain(`\`encoded-${index}\` (PHRASE)`);
    expect(log).toContain('hint: Keep the value out of the file');
    expect(jobs.get('reporting')).toMatchObject({ status: 'failed' });
  });

  test('control: is found everywhere if it is not declared', async () => {
    const variables = variablesWithSecret;
    const { jobs, ...found } = await leak({ stack: { variables: { PHRASE: hardSecret } }, variables });
    expect(found).toMatchObject({ logs: encodings, artifacts: encodings, data: encodings });
    expect(found.bundles).toEqual(inVariables);
    expect(found.database).toEqual(inVariables);
    expect([...jobs.values()].map(({ status }) => status)).toEqual(['success', 'success', 'success']);
  });

  test('control: is found in command lines', async () => {
    // The words of a command line have zero bytes between them, as the letters of UTF-16.
    const words = inVariables.map((name) => texts.get(name) as string);
    const waiting = ['-e', 'setInterval(() => undefined, 1000)', '--'];
    const child = spawn(process.execPath, [...waiting, ...words, ...hardSecret.split('')]);
    await once(child, 'spawn');
    const found = foundIn(...(await commandLines()));
    child.kill();
    expect(found).toEqual(encodings);
  });
});

describe('a server and a notary that are killed while a job has a secret', () => {
  let child: ChildProcess | undefined;
  afterEach(() => void child?.kill('SIGKILL'));

  /** Starts the built program, lets it write reports of Node.js, kills it, and returns all that it leaves. */
  async function crash(variables: Readonly<Record<string, string>>): Promise<readonly Buffer[]> {
    const folder = await temporaryFolder();
    const repository = await createDemoRepository(join(folder, 'git'), process.env.PATH);
    await writeFile(join(repository.work, '.gitlab-ci.yml'), pipeline(join(folder, 'go')));
    await repository.commitAndPush('main', 'Leak');
    const secrets = [{ name: 'PHRASE', from: { env: 'PLANTED' }, scope: 'protected' }];
    const runners = [{ name: 'embedded', embedded: true, concurrency: 2, sandbox: 'never' }];
    const stacks = [{ name: 'lab', remote: repository.remote, poll: 1, secrets }];
    await writeFile(
      join(folder, 'slipway.server.yaml'),
      JSON.stringify({ data: 'data', listen: '127.0.0.1:0', stacks, runners }),
    );
    const output: Buffer[] = [];
    child = spawn(process.execPath, [programEntry(), 'serve'], {
      cwd: folder,
      env: {
        ...asStarted,
        PATH: process.env.PATH,
        PLANTED: hardSecret,
        SPACK_SIGNING_KEY: await testSigningKey(),
        NODE_OPTIONS: '--report-on-signal --report-signal=SIGUSR2',
        ...variables,
      },
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => output.push(chunk));
    const logs = async () => Buffer.concat(await filesBelow(join(folder, 'data/jobs'))).toString();
    while (!/^waiting$/m.test(await logs())) await sleep(100);
    const pids = [
      child.pid as number,
      await serverPid(join(folder, 'data')),
      await serverPid(join(folder, 'data/notary')),
    ];
    for (const pid of pids) process.kill(pid, 'SIGUSR2');
    while ((await reportsBelow(folder)).length < pids.length) await sleep(100);
    const exited = once(child, 'exit');
    for (const pid of pids.toReversed()) process.kill(pid, 'SIGABRT');
    await exited;
    await writeFile(join(folder, 'go'), '');
    // Workspaces of jobs, in which they write what they like, are removed at the next start.
    const kept = await filesBelow(join(folder, 'data'), (path) => !path.startsWith('runner/'));
    return [...output, ...kept, ...(await reportsBelow(folder))];
  }

  test('leave it in no report, log or file', async () => {
    expect(foundIn(...(await crash({})))).toEqual([]);
  });

  test('control: variables that the server does not know as secrets are in the report', async () => {
    expect(foundIn(...(await crash(variablesWithSecret)))).toEqual(inVariables);
  });
});
