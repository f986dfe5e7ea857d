import { existsSync } from 'node:fs';
import type { JobLimits } from '../limits/job-limits.ts';
import { SHARED_MEMORY } from '../sandbox/bubblewrap.ts';
import type { ContainerRuntime } from './runtime.ts';

/** What a container may do. */
export interface Isolation {
  /** Distinguishes the containers of a job, for the process that removes them. */
  readonly labels: readonly string[];
  /** File with the filter of system calls; without it the runtime's own. */
  readonly seccomp: string | undefined;
  readonly limits: JobLimits;
}

export interface ContainerPlan extends Isolation {
  readonly name: string;
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly user?: string;
  readonly platform?: string;
  /** The project folder, in which scripts start. */
  readonly project: string;
  /** Visible inside at the same paths. */
  readonly writable: readonly string[];
  /** The same, and not writable. What does not exist is left out. */
  readonly readable: readonly string[];
  /** Files under other names in the container, read-only: name inside to name outside. */
  readonly renamed: Readonly<Record<string, string>>;
  /** `none`: a loopback interface only; `host`: that of this machine; absent: what the runtime gives by default. */
  readonly network?: 'none' | 'host';
  /** Names of services, which listen at the loopback address. */
  readonly hosts: readonly string[];
}

/** Folder in a container that the job cannot replace by anything of its image. */
export const STATE = '/run/slipway';

/** A program that installs packages in a container needs these; none of them counts outside of its user namespace. */
const CAPABILITIES = 'CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETUID SYS_CHROOT'.split(
  ' ',
);

/** Returns the words that start the container of a job, by the entry point of the image. */
export function containerWords(
  runtime: ContainerRuntime,
  plan: ContainerPlan,
  command: readonly string[],
): readonly string[] {
  const { name, image, entrypoint, user, platform, project, network, hosts } = plan;
  const [first, ...rest] = entrypoint ?? [];
  const mounts = [
    ...plan.writable.map((path) => `${path}:${path}`),
    ...plan.readable.filter((path) => existsSync(path)).map((path) => `${path}:${path}:ro`),
    ...Object.entries(plan.renamed).map(([inside, outside]) => `${outside}:${inside}:ro`),
  ];
  const beginning = ['run', '--interactive', '--rm', '--pull=never', '--log-driver=none', '--name', name];
  return [
    ...beginning,
    ...isolationWords(runtime, plan),
    ...(network === undefined ? [] : [`--network=${network}`]),
    ...hosts.map((host) => `--add-host=${host}:127.0.0.1`),
    ...(user === undefined ? [] : ['--user', user]),
    ...(platform === undefined ? [] : ['--platform', platform]),
    `--workdir=${project}`,
    `--tmpfs=${STATE}:rw,mode=1777,size=16m`,
    ...mounts.flatMap((mount) => ['--volume', mount]),
    ...(first === undefined ? [] : ['--entrypoint', first]),
    image,
    ...rest,
    ...command,
  ];
}

/** Returns the words that every container of a job has: no more rights, and no more of the machine, than a sandbox. */
export function isolationWords(runtime: ContainerRuntime, { labels, seccomp, limits }: Isolation): readonly string[] {
  return [
    ...labels.flatMap((label) => ['--label', label]),
    ...(runtime.program === 'podman' ? ['--http-proxy=false'] : []),
    '--cap-drop=ALL',
    ...CAPABILITIES.map((name) => `--cap-add=${name}`),
    '--security-opt=label=disable',
    ...(seccomp === undefined ? [] : [`--security-opt=seccomp=${seccomp}`]),
    '--stop-timeout=1',
    `--shm-size=${SHARED_MEMORY}`,
    ...(runtime.limits.includes('memory') ? [`--memory=${limits.memory}`] : []),
    ...(runtime.limits.includes('processes') ? [`--pids-limit=${limits.processes}`] : []),
    ...(runtime.limits.includes('cores') && limits.cores !== undefined ? [`--cpus=${limits.cores}`] : []),
  ];
}
