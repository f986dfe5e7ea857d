import { dirname, join } from 'node:path';
import { packageFolders, programEntry, type Wait } from '../../kit/index.ts';
import type { JobImage, JobResponse } from '../../protocol/index.ts';
import { writeLauncher } from '../launcher.ts';
import { defaultLimits } from '../limits/limit-guard.ts';
import type { JobNetwork } from '../network/job-network.ts';
import type { SlotNetwork } from '../network/slot-network.ts';
import { yellow } from '../section.ts';
import type { Environment } from '../shells/job-shell.ts';
import { expandOnce } from '../stages/job-context.ts';
import { ContainerClient } from './container-client.ts';
import { openListenersIn } from './container-listeners.ts';
import { containerPid } from './container-pid.ts';
import type { ContainerSettings } from './container-settings.ts';
import { ContainerUsage } from './container-usage.ts';
import type { Isolation } from './container-words.ts';
import type { ImageFacts } from './image-facts.ts';
import { KeptContainer } from './kept-container.ts';
import { writeCredentials } from './pull-credentials.ts';
import { pullImage } from './pull-image.ts';
import { withPullProxy } from './pull-proxy.ts';
import { removeContainers } from './remove-containers.ts';
import { seccompProfileIn } from './seccomp-profile.ts';
import { serviceAliases } from './service-aliases.ts';
import { startServices } from './start-services.ts';

export interface ContainerJob {
  readonly job: JobResponse;
  readonly settings: ContainerSettings;
  /** In the environment of every process of the job; the label of its containers. */
  readonly marker: string;
  readonly project: string;
  /** A folder that no job sees; `shared` below it is visible in the container. */
  readonly folder: string;
  readonly wait: Wait;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number;
  /** Named pipe of a jobserver, alone in its folder. */
  readonly tokens?: string;
}

interface Opening {
  readonly environment: Environment;
  /** What the job reads, besides what the settings name. */
  readonly readable: readonly string[];
  readonly onOutput: (bytes: Buffer) => void;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Where a container has the Node.js of this program: the image may have one of its own. */
const NODE = '/slipway/node';
/** Where it has the folder with the pipe of a jobserver. */
export const JOBSERVER = '/slipway/jobserver';

/** The container of a job and those of its services, from their images to their end. `open` once, then `close`. */
export class JobContainers {
  readonly client: ContainerClient;
  readonly #job: ContainerJob;
  #container: KeptContainer | undefined;
  #network: SlotNetwork | undefined;
  #usage: ContainerUsage | undefined;
  #user = '';

  constructor(job: ContainerJob) {
    this.#job = job;
    this.client = new ContainerClient(job.settings.runtime, job.settings.env);
  }

  /** The user of the image, or the one that the job names; empty: root. */
  get user(): string {
    return this.#user;
  }

  /** What the container of the job uses, without its services; undefined before it is open. */
  get usage(): ContainerUsage | undefined {
    return this.#usage;
  }

  /** Folder that the container sees, read-only. */
  get shared(): string {
    return join(this.#job.folder, 'shared');
  }

  async open(opening: Opening): Promise<KeptContainer> {
    const { job, wait, grace } = this.#job;
    const { print, signal, onOutput } = opening;
    const expand = (text: string) => expandOnce(text, (name) => opening.environment[name]);
    const image = { ...(job.image as JobImage), name: expand(job.image?.name ?? '') };
    const services = job.services.map((one) => ({
      ...one,
      name: expand(one.name),
      alias: one.alias && expand(one.alias),
    }));
    const facts = await this.#pullAll([image, ...services], opening);
    const [own] = facts;
    this.#user = image.executor_opts?.docker?.user ?? own?.user ?? '';
    print(
      `Using image ${image.name} (${own?.id.replace('sha256:', '').slice(0, 12)}) by ${this.client.runtime.program}`,
    );
    const isolation = this.#isolation();
    const plan = { ...isolation, ...(await this.#plan(image, opening)), hosts: services.flatMap(serviceAliases) };
    this.#container = await KeptContainer.start({ client: this.client, plan, onOutput, signal, wait, grace });
    const pid = await containerPid(this.client, this.#container.name);
    this.#usage = new ContainerUsage(pid);
    await this.#connect({ name: this.#container.name, pid }, print);
    const served = services.map((service, index) => ({
      service,
      ports: healthPorts(service) ?? facts[index + 1]?.ports,
    }));
    await this.#startServices(served, { ...opening, isolation, container: this.#container.name });
    return this.#container;
  }

  async close(): Promise<void> {
    const { marker, job } = this.#job;
    // Services first: they depend on the network of the job's container.
    if (job.services.length > 0) await removeContainers(this.client, serviceLabel(marker));
    await this.#container?.end();
    this.#network?.close();
  }

  /** Pulls through the proxy of the job, which names the registry. */
  #pullAll(images: readonly JobImage[], { environment, print, signal }: Opening) {
    const { settings, folder } = this.#job;
    const { network, pullPolicies: allowed, hasUserCredentials, runtime } = settings;
    return withPullProxy(isolated(network), this.#connected(print), async (variables) => {
      const login = environment['DOCKER_AUTH_CONFIG'];
      const isGiven = login !== undefined || !hasUserCredentials;
      const credentials = isGiven ? await writeCredentials(folder, runtime, login) : undefined;
      const options = { client: this.client, allowed, variables, print, signal, credentials };
      const facts: ImageFacts[] = [];
      for (const { name, pull_policy: policies, executor_opts: own } of images)
        facts.push(await pullImage({ name, platform: own?.docker?.platform, policies: policies ?? [] }, options));
      return facts;
    });
  }

  async #startServices(
    services: readonly { readonly service: JobImage; readonly ports?: readonly number[] }[],
    started: Opening & { readonly isolation: Isolation; readonly container: string },
  ): Promise<void> {
    const { folder, marker, wait } = this.#job;
    const { container, isolation, environment, print, signal } = started;
    const plans = services.map(({ service, ports = [] }, index) => ({
      name: `${container}-service-${index}`,
      service,
      ports,
    }));
    await startServices(plans, {
      client: this.client,
      isolation: { ...isolation, labels: [...isolation.labels, serviceLabel(marker)] },
      container,
      folder,
      variables: this.#serviceVariables(environment),
      print,
      signal,
      wait,
    });
  }

  #isolation(): Isolation {
    const { marker, settings, folder } = this.#job;
    const { limits = defaultLimits } = settings;
    return { labels: [jobLabel(marker), runnerLabel(marker)], seccomp: seccompProfileIn(folder), limits };
  }

  async #plan({ name: image, entrypoint, executor_opts: options }: JobImage, { readable }: Opening) {
    const { settings, marker, project, tokens } = this.#job;
    const { network } = settings;
    await writeLauncher(join(this.shared, 'bin'), { entry: programEntry(), node: NODE, cache: '/tmp/slipway-cache' });
    const own = [this.shared, ...packageFolders(), ...(settings.path === undefined ? [] : [settings.path])];
    return {
      name: `slipway-${marker}`,
      image,
      entrypoint: entrypoint ?? undefined,
      user: options?.docker?.user ?? undefined,
      platform: options?.docker?.platform ?? undefined,
      project,
      writable: [project, ...settings.writable],
      readable: [...own, ...settings.readable, ...readable],
      renamed: { [NODE]: process.execPath, ...(tokens !== undefined && { [JOBSERVER]: dirname(tokens) }) },
      network: isolated(network) === undefined ? (network as 'host' | undefined) : 'none',
    } as const;
  }

  async #connect(container: Parameters<typeof openListenersIn>[0], print: Opening['print']): Promise<void> {
    const network = isolated(this.#job.settings.network);
    if (network === undefined) return;
    this.#network = await openListenersIn(container, { client: this.client, network });
    this.#network.enter(this.#connected(print));
  }

  #connected(print: Opening['print']) {
    const { id, trust, job_info: info } = this.#job.job;
    return { id, trust, project: info.project_name, print: (line: string) => print(yellow(`WARNING: ${line}`)) };
  }

  /** Those of the job, and what the network adds. */
  #serviceVariables(environment: Environment): Environment {
    const { job, settings } = this.#job;
    const names = job.variables.filter(({ file }) => file !== true).map(({ key }) => key);
    const own = Object.fromEntries(names.map((name) => [name, environment[name] ?? '']));
    return { ...own, ...isolated(settings.network)?.variables };
  }
}

/** The network that is all that a job reaches. */
function isolated(network: ContainerSettings['network']): JobNetwork | undefined {
  return typeof network === 'object' ? network : undefined;
}

/** https://docs.gitlab.com/runner/executors/docker/#how-gitlab-runner-performs-the-services-health-check */
function healthPorts({ variables }: JobImage): readonly number[] | undefined {
  const port = variables?.find(({ key }) => key === 'HEALTHCHECK_TCP_PORT')?.value ?? '';
  return /^\d+$/.test(port) ? [Number(port)] : undefined;
}

/** The label of all containers of one job. */
export function jobLabel(marker: string): string {
  return `slipway.job=${marker}`;
}

function serviceLabel(marker: string): string {
  return `slipway.service=${marker}`;
}

/** The label of all containers of one runner, whose marker that of a job begins with. */
export function runnerLabel(marker: string): string {
  return `slipway.runner=${marker.slice(0, 16)}`;
}
