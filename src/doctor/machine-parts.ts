import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  inspectSpackParts,
  installedSpack,
  findNamespaceFault,
  spackHome,
  builderVariables,
  type SpackPart,
} from '../builder/index.ts';
import { attemptProgram, cacheFolder, messageOf } from '../kit/index.ts';
import { namedPrograms, findSandbox } from '../executor/index.ts';
import { containerReport } from './container-report.ts';
import type { PartReport } from './part-report.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface Program extends PartReport {
  readonly command: readonly [string, ...string[]];
}

const BUILDING = 'builds packages';

const programs: readonly Program[] = [
  {
    name: 'git',
    isNeeded: true,
    command: ['git', '--version'],
    use: 'reads the repositories of stacks',
    remedy: 'Install git 2.30 or newer (Debian: `apt-get install git`).',
  },
  {
    name: 'C compiler',
    isNeeded: true,
    command: ['cc', '--version'],
    use: BUILDING,
    remedy: 'Install a C compiler (Debian: `apt-get install gcc`).',
  },
  {
    name: 'make',
    isNeeded: true,
    command: ['make', '--version'],
    use: BUILDING,
    remedy: 'Install GNU make (Debian: `apt-get install make`).',
  },
  {
    name: 'gpg',
    isNeeded: false,
    command: ['gpg', '--version'],
    use: 'lets people check signatures without Slipway; Spack needs it too',
    remedy: 'Debian: `apt-get install gnupg`.',
  },
  {
    name: 'skopeo',
    isNeeded: false,
    command: ['skopeo', '--version'],
    use: 'copies and inspects images without Slipway',
    remedy: 'Debian: `apt-get install skopeo`.',
  },
];

interface InspectOptions {
  readonly env: Environment;
  readonly signal: AbortSignal;
  /** The folder of the stack, if Spack builds it. */
  readonly spackStack?: string;
}

/** Reports on every part. */
export async function inspectMachine(options: InspectOptions): Promise<readonly PartReport[]> {
  const { env, signal, spackStack } = options;
  const found = await Promise.all(
    programs.map(async ({ command, ...part }): Promise<PartReport> => {
      const output = await firstLine(command, env, signal);
      // Spack finds its compilers itself, and builds make where a package needs it.
      const isNeeded = part.isNeeded && (spackStack === undefined || part.use !== BUILDING);
      return { ...part, isNeeded, found: output };
    }),
  );
  const isolation = [await namespacesReport(), ...(await sandboxReports(env)), await containerReport(env)];
  return [nodeReport(process.versions.node), ...found, ...isolation, ...(await spackReports(options))];
}

/** Tries what a build does, with the system's programs as a build has them. */
async function namespacesReport(): Promise<PartReport> {
  const fault = await findNamespaceFault();
  return {
    name: 'namespaces',
    isNeeded: false,
    found: fault === undefined ? 'yes' : undefined,
    use: 'let a build see its final prefix without root',
    remedy: `${fault?.remedy ?? ''} Without them packages are built into a store inside the data folder.`.trimStart(),
  };
}

/** Compares Node's own version with the oldest that Slipway runs on. */
export function nodeReport(version: string): PartReport {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > 20 || (major === 20 && minor >= 19);
  return {
    name: 'Node.js',
    isNeeded: true,
    found: isEnough ? version : undefined,
    use: 'runs Slipway',
    remedy: `Install Node.js 20.19 or newer; this is ${version}.`,
  };
}

/** Reports whether jobs run in a sandbox, and which programs in home folders they can use there. */
async function sandboxReports(env: Environment): Promise<readonly PartReport[]> {
  const { PATH, SPACK_ROOT, SPACK_PYTHON, HOME } = env;
  const { readable, refused } = await namedPrograms({ PATH, SPACK_ROOT, SPACK_PYTHON, HOME });
  const shown = readable.filter((path) => existsSync(path));
  const also = shown.length === 0 ? '' : `; jobs see, read-only: ${shown.join(', ')}`;
  const found = await findSandbox();
  const sandbox = {
    name: 'sandbox',
    isNeeded: false,
    found: found.mechanism === undefined ? undefined : `${found.mechanism.name}${also}`,
    use: 'keeps jobs away from the files of the server; without it the embedded runner takes no jobs',
    remedy: found.mechanism === undefined ? `${found.reason}. ${found.remedy}` : '',
  };
  const lost = refused.map((path) => ({
    name: `${path} in the sandbox`,
    isNeeded: false,
    use: 'it is a home or a folder of credentials, which jobs do not see',
    remedy: 'Install the programs in a folder of their own, and name that by PATH, SPACK_ROOT or SPACK_PYTHON.',
  }));
  return [sandbox, ...lost];
}

/** Reports on Spack, and on what Spack needs unless there is no Spack and none is needed. */
async function spackReports(options: InspectOptions): Promise<readonly PartReport[]> {
  const { env, spackStack } = options;
  const isSpackNeeded = spackStack !== undefined;
  const [found, fault] = await installedSpack(env).then(
    (spack) => [spack, undefined] as const,
    (error: unknown) => [undefined, messageOf(error)] as const,
  );
  const clone = env.SPACK_REPO === undefined || env.SPACK_REPO === '' ? undefined : `a clone of ${env.SPACK_REPO}`;
  const location = found === undefined ? clone : `${found.version} in ${found.root}`;
  const spack: PartReport = {
    name: 'Spack',
    isNeeded: isSpackNeeded,
    found: fault === undefined ? location : undefined,
    use: fault ?? 'builds stacks that are not made of recipes',
    remedy:
      'Run `slipway spack install`, set SPACK_ROOT to a checkout of it, put `spack` on PATH, or name a repository with ' +
      'SPACK_REPO and SPACK_REF.',
  };
  if (location === undefined && !isSpackNeeded) return [spack];
  const variables = builderVariables(env, await spackHome(join(cacheFolder(env), 'spack'), env));
  const parts = await inspectSpackParts({ variables, spack: found, environment: spackStack });
  return [spack, ...parts.map((part) => spackPartReport(part, isSpackNeeded))];
}

function spackPartReport({ name, isThere, isNeeded, use, remedy }: SpackPart, isSpackNeeded: boolean): PartReport {
  const found = isThere ? 'yes' : undefined;
  return { name: `${name} (of Spack)`, isNeeded: isNeeded && isSpackNeeded, found, use: `it ${use}`, remedy };
}

/** Returns the first line of a command's output, or undefined if it cannot be started or fails. */
async function firstLine(
  command: readonly [string, ...string[]],
  env: Environment,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [file, ...rest] = command;
  const result = await attemptProgram(file, rest, { env, signal, timeout: 60_000 }).catch(() => undefined);
  return result?.isSuccess === true ? result.text.split('\n', 1)[0]?.trim() || 'yes' : undefined;
}
