import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Wait } from '../../kit/index.ts';
import type { JobImage } from '../../protocol/index.ts';
import { runnerError } from '../errors.ts';
import { yellow } from '../section.ts';
import type { ContainerClient } from './container-client.ts';
import { isolationWords, type Isolation } from './container-words.ts';

interface ServicePlan {
  readonly name: string;
  readonly service: JobImage;
  /** TCP ports that are open when it is ready. */
  readonly ports: readonly number[];
}

interface ServiceOptions {
  readonly client: ContainerClient;
  readonly isolation: Isolation;
  /** Name of the container of the job, whose network it shares. */
  readonly container: string;
  /** Folder for files with variables. */
  readonly folder: string;
  /** Variables of the job, which those of the service override. */
  readonly variables: Readonly<Record<string, string>>;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
  readonly wait: Wait;
}

/** Milliseconds; GitLab's runner waits as long. */
const [PATIENCE, POLL] = [30_000, 200];
const LOG_LINES = 20;
const LISTENING = '0A';

/** Starts the services of a job and waits until their ports are open. One that does not open them gives a warning. */
export async function startServices(plans: readonly ServicePlan[], options: ServiceOptions): Promise<void> {
  for (const plan of plans) await start(plan, options);
  const waiting = plans.filter(({ ports }) => ports.length > 0);
  if (waiting.length > 0) await waitForPorts(waiting, options);
}

async function start({ name, service }: ServicePlan, options: ServiceOptions): Promise<void> {
  const { client, isolation, container, folder, print } = options;
  const own = (service.variables ?? []).map(({ key, value }) => [key, value] as const);
  const file = join(folder, `${name}.env`);
  await writeFile(file, variableFile({ ...options.variables, ...Object.fromEntries(own) }), { mode: 0o600 });
  const [first, ...rest] = service.entrypoint ?? [];
  const { user, platform } = service.executor_opts?.docker ?? {};
  const beginning = ['run', '--detach', '--pull=never', '--name', name, '--env-file', file];
  const words = [
    ...beginning,
    `--network=container:${container}`,
    ...isolationWords(client.runtime, isolation),
    ...(user ? ['--user', user] : []),
    ...(platform ? ['--platform', platform] : []),
    ...(first === undefined ? [] : ['--entrypoint', first]),
    service.name,
    ...rest,
    ...(service.command ?? []),
  ];
  print(`Starting service ${service.name} ...`);
  const result = await client.attempt(words, { signal: options.signal });
  if (result.isSuccess) return;
  const { program } = client.runtime;
  throw runnerError('RUNNER_CONTAINER_FAILED', { program, image: service.name, reason: result.reason });
}

/** Variables of several lines have no form in such a file. */
function variableFile(variables: Readonly<Record<string, string>>): string {
  const lines = Object.entries(variables).filter(([key, value]) => /^[A-Za-z_]\w*$/.test(key) && !/[\r\n]/.test(value));
  return lines.map(([key, value]) => `${key}=${value}\n`).join('');
}

async function waitForPorts(plans: readonly ServicePlan[], options: ServiceOptions): Promise<void> {
  const { client, container, print, signal, wait } = options;
  print(`Waiting for services to be ready (${PATIENCE / 1000} seconds at most) ...`);
  let waiting = plans;
  for (let waited = 0; waited < PATIENCE; waited += POLL) {
    signal.throwIfAborted();
    // A service shares the network of the job: all ports can be seen from its container.
    const { text } = await client.attempt(['exec', container, 'cat', '/proc/net/tcp', '/proc/net/tcp6']);
    const open = listeningPorts(text);
    waiting = waiting.filter(({ ports }) => !ports.every((port) => open.has(port)));
    if (waiting.length === 0) return;
    const running = await client.attempt(['ps', '--format', '{{.Names}}']);
    const names = running.text.split('\n');
    for (const ended of waiting.filter(({ name }) => !names.includes(name))) await warn(ended, 'it has ended', options);
    waiting = waiting.filter(({ name }) => names.includes(name));
    await wait(POLL, signal);
  }
  for (const plan of waiting) await warn(plan, `it does not listen on ${plan.ports.join(', ')}`, options);
}

/** Returns the ports in the tables of the kernel, proc_net_tcp(5), that a program listens on. */
export function listeningPorts(tables: string): ReadonlySet<number> {
  const found = tables.matchAll(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /gm);
  return new Set(
    [...found].flatMap(([, port = '', state]) => (state === LISTENING ? [Number.parseInt(port, 16)] : [])),
  );
}

async function warn({ name, service }: ServicePlan, fault: string, options: ServiceOptions): Promise<void> {
  const { client, print } = options;
  print(yellow(`WARNING: service ${service.name} probably did not start: ${fault}. The end of its log:`));
  const { output } = await client.attempt(['logs', '--tail', String(LOG_LINES), name]);
  for (const line of output.split('\n').slice(-LOG_LINES)) print(`  ${line}`);
}
