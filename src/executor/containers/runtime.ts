import { attemptProgram, type ProgramResult, type ProcessVariables } from '../../kit/index.ts';

type ContainerProgram = 'podman' | 'docker';

/** What runs containers on this machine. */
export interface ContainerRuntime {
  readonly program: ContainerProgram;
  readonly version: string;
  /** Whether root in a container has no more rights than the user who starts it. */
  readonly isRootless: boolean;
  /** The limits that it enforces here. */
  readonly limits: readonly ('memory' | 'processes' | 'cores')[];
}

/** A runtime, or why there is none. */
export type FoundRuntime =
  | { readonly runtime: ContainerRuntime }
  | { readonly runtime?: undefined; readonly reason: string };

/** Milliseconds. */
const PATIENCE = 60_000;
/** Variables on which the answer depends. */
const NAMES = ['PATH', 'HOME', 'XDG_RUNTIME_DIR', 'CONTAINERS_CONF', 'CONTAINER_HOST', 'DOCKER_HOST', 'DOCKER_CONTEXT'];
const PROGRAMS = ['podman', 'docker'] as const;

const found = new Map<string, Promise<FoundRuntime>>();

/** Returns the first runtime that works, asked once: `docker` is often installed without a daemon. */
export function findRuntime(
  env: ProcessVariables,
  programs: readonly ContainerProgram[] = PROGRAMS,
): Promise<FoundRuntime> {
  const key = JSON.stringify([programs, ...NAMES.map((name) => env[name])]);
  const known = found.get(key) ?? askAll(env, programs);
  found.set(key, known);
  return known;
}

async function askAll(env: ProcessVariables, programs: readonly ContainerProgram[]): Promise<FoundRuntime> {
  const reasons: string[] = [];
  for (const program of programs) {
    const answer = await ask(program, env);
    if (typeof answer !== 'string') return { runtime: answer };
    reasons.push(`${program}: ${answer}`);
  }
  return { reason: reasons.join('; ') };
}

async function ask(program: ContainerProgram, env: ProcessVariables): Promise<ContainerRuntime | string> {
  const words = ['info', '--format', '{{json .}}'];
  const result = await attemptProgram(program, words, { env, timeout: PATIENCE }).catch(() => undefined);
  if (result === undefined) return 'it is not installed';
  const facts = result.isSuccess ? parse(result) : undefined;
  if (facts === undefined) return result.reason;
  return program === 'podman' ? podman(facts as PodmanInfo) : docker(facts as DockerInfo);
}

function parse(result: ProgramResult): unknown {
  try {
    return JSON.parse(result.text);
  } catch {
    return undefined;
  }
}

/** Parts of `podman info`. */
interface PodmanInfo {
  readonly host?: {
    readonly security?: { readonly rootless?: boolean };
    readonly cgroupVersion?: string;
    readonly cgroupControllers?: readonly string[];
  };
  readonly version?: { readonly Version?: string };
}

function podman({ host, version }: PodmanInfo): ContainerRuntime {
  const isRootless = host?.security?.rootless === true;
  const controllers = isRootless && host?.cgroupVersion === 'v1' ? [] : (host?.cgroupControllers ?? []);
  return {
    program: 'podman',
    version: version?.Version ?? '?',
    isRootless,
    limits: [
      ...(controllers.includes('memory') ? (['memory'] as const) : []),
      ...(controllers.includes('pids') ? (['processes'] as const) : []),
      ...(controllers.includes('cpu') ? (['cores'] as const) : []),
    ],
  };
}

/** Parts of `docker info`. */
interface DockerInfo {
  readonly ServerVersion?: string;
  readonly SecurityOptions?: readonly string[];
  readonly MemoryLimit?: boolean;
  readonly PidsLimit?: boolean;
  readonly CpuCfsQuota?: boolean;
}

function docker(info: DockerInfo): ContainerRuntime | string {
  if (info.ServerVersion === undefined || info.ServerVersion === '') return 'its daemon does not answer';
  return {
    program: 'docker',
    version: info.ServerVersion,
    isRootless: info.SecurityOptions?.some((option) => option.includes('name=rootless')) === true,
    limits: [
      ...(info.MemoryLimit === true ? (['memory'] as const) : []),
      ...(info.PidsLimit === true ? (['processes'] as const) : []),
      ...(info.CpuCfsQuota === true ? (['cores'] as const) : []),
    ],
  };
}
