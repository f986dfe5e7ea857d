import { findRuntime, forkObstacle, type FoundRuntime } from '../executor/index.ts';
import type { PartReport } from './part-report.ts';

const LIMITS = ['memory', 'processes', 'cores'] as const;

/** Reports what runs containers of jobs, whether it is rootless, what it limits, and what follows for jobs of forks. */
export async function containerReport(env: Readonly<Record<string, string | undefined>>): Promise<PartReport> {
  return describeRuntime(await findRuntime(env));
}

export function describeRuntime(found: FoundRuntime): PartReport {
  const { runtime } = found;
  return {
    name: 'containers',
    isNeeded: false,
    found: runtime === undefined ? undefined : [...factsOf(runtime), forks(found)].join('; '),
    use: 'run jobs that name an image; without them such jobs run in the sandbox, without their image',
    remedy: runtime === undefined ? `${found.reason}. Debian: \`apt-get install podman\`.` : '',
  };
}

function factsOf({ program, version, isRootless, limits }: NonNullable<FoundRuntime['runtime']>): readonly string[] {
  const missing = LIMITS.filter((name) => !limits.includes(name));
  return [
    `${program} ${version}, ${isRootless ? 'rootless' : 'as root'}`,
    ...(limits.length === 0 ? [] : [`limits ${limits.join(', ')}`]),
    ...(missing.length === 0 ? [] : [`does not limit ${missing.join(', ')}`]),
  ];
}

function forks(found: FoundRuntime): string {
  return forkObstacle(found) ?? 'jobs of forks run in containers too';
}
