import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { builderName } from '../../generate/index.ts';
import { messageOf, type Logger } from '../../kit/index.ts';
import type { PrepareSandbox } from '../../executor/index.ts';
import type { ServerSettings } from '../../coordinator/index.ts';

interface SpackCachesOptions {
  readonly stacks: ServerSettings['configuration']['stacks'];
  /** Folder of prepared caches, for all stacks. */
  readonly folder: string;
  /** The server's own environment, of which jobs get PATH. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** Ends preparations when the server stops. */
  readonly signal: AbortSignal;
}

/** Variables of a stack that decide which Spack its jobs use, and how it is configured. */
const deciding = /^(?:PATH|SPACK_(?:ROOT|PYTHON|REPO|REF|USER_CONFIG_PATH|SYSTEM_CONFIG_PATH|DISABLE_LOCAL_CONFIG))$/;

/**
 * Prepares Spack's caches for sandboxed jobs, outside of any job and from the operator's configuration alone: nothing
 * of a pull request takes part. Jobs that need the same caches wait for one preparation.
 */
export function spackCaches(options: SpackCachesOptions): PrepareSandbox {
  const running = new Map<string, Promise<string>>();
  return async ({ job, project, print }) => {
    const stack = options.stacks.find(({ name }) => name === job.job_info.project_name);
    const env = operatorEnvironment(options, stack?.variables);
    if (!usesSpack(join(project, stack?.environment ?? '.'), env)) return undefined;
    const key = JSON.stringify(env);
    const work = running.get(key) ?? prepare(options, { env, print }).finally(() => running.delete(key));
    running.set(key, work);
    try {
      const folder = await work;
      return {
        readable: [folder, join(dirname(folder), 'clones')],
        variables: { SLIPWAY_SPACK_CACHES: folder },
      };
    } catch (error) {
      if (!options.signal.aborted) options.log.warn({ error: messageOf(error) }, 'caches of Spack cannot be prepared');
      return undefined;
    }
  };
}

function operatorEnvironment(
  { env }: Pick<SpackCachesOptions, 'env'>,
  variables: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const named = Object.entries(variables).filter(([name]) => deciding.test(name));
  return { ...(env['PATH'] === undefined ? {} : { PATH: env['PATH'] }), ...Object.fromEntries(named) };
}

/** Whether a job that has these sources uses a Spack that the operator provides. */
function usesSpack(environment: string, env: Readonly<Record<string, string>>): boolean {
  const isNamed = env['SPACK_ROOT'] !== undefined || env['SPACK_REPO'] !== undefined;
  const onPath = (env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, 'spack')));
  const isStack = isNamed || existsSync(join(environment, 'spack.yaml'));
  return (isNamed || onPath) && isStack && builderName(environment, {}) === 'spack';
}

async function prepare(
  { folder, log, signal }: SpackCachesOptions,
  { env, print }: { readonly env: Readonly<Record<string, string>>; readonly print: (line: string) => void },
): Promise<string> {
  const { prepareCaches } = await import('../../builder/index.ts');
  const onLine = (line: string) => log.info({ line }, 'preparing caches of Spack');
  const announce = () => print("Preparing Spack's caches on this machine, once for this Spack and these compilers");
  return prepareCaches({ env, folder, log: onLine, announce, signal });
}
