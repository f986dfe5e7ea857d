import { dirname, join, resolve } from 'node:path';
import type { PackageSources } from '../builder/index.ts';
import { builderName } from '../generate/index.ts';
import { exists } from '../kit/index.ts';
import { nodeOf, packageTitle } from '../spack/index.ts';
import { packageJobError } from './errors.ts';
import { chooseLock, type LockSelection } from './generate/choose-lock.ts';
import { spackJobBuilder } from './job-builder.ts';
import type { PackageJobContext } from './package-job-context.ts';

interface SourcesRequest extends LockSelection {
  /** The folder of the mirror. */
  readonly folder: string;
  /** Whether sources are fetched whose recipes forbid to redistribute them. */
  readonly isPrivate: boolean;
  /** Called for each package, in the order of their names, with the number of all packages. */
  readonly onPackage: (done: MirroredPackage, total: number) => void;
}

export interface MirroredPackage extends PackageSources {
  /** `name@version /hash`. */
  readonly package: string;
}

/** Fetches the sources of a lock into a mirror of sources. Throws at the end if some could not be fetched. */
export async function mirrorSources(request: SourcesRequest, context: PackageJobContext): Promise<void> {
  const environment = await environmentOf(request, context.cwd);
  if (builderName(environment, context.env) !== 'spack')
    throw packageJobError('PACKAGE_JOB_SOURCES_NOT_SPACK', { folder: environment });
  const { lock } = await chooseLock({ ...request, environment }, context);
  const total = [...lock.nodes.values()].filter(({ external }) => external === undefined).length;
  const folder = resolve(context.cwd, request.folder);
  const failed: string[] = [];
  const onPackage = (sources: PackageSources): void => {
    const title = packageTitle(nodeOf(lock, sources.hash));
    if (sources.outcome === 'failed') failed.push(title);
    request.onPackage({ package: title, ...sources }, total);
  };
  const builder = await spackJobBuilder(context);
  const { configScopes, isPrivate } = request;
  await builder.mirrorSources({ environment, configScopes, lock, folder, isPrivate, onPackage });
  if (failed.length > 0) throw packageJobError('PACKAGE_JOB_SOURCES_MISSING', { packages: failed.join(', '), folder });
}

/**
 * Returns the folder of the environment: that of the lock, if the named one has no `spack.yaml`, as in the artifacts of
 * a pipeline.
 */
async function environmentOf({ environment, lock }: LockSelection, cwd: string): Promise<string> {
  if (lock === undefined || (await exists(join(environment, 'spack.yaml')))) return environment;
  const beside = dirname(resolve(cwd, lock));
  return (await exists(join(beside, 'spack.yaml'))) ? beside : environment;
}
