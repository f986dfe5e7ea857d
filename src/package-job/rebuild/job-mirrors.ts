import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessVariables } from '../../kit/index.ts';
import type { DependencySource } from '../../builder/index.ts';
import type { MirrorSource } from '../../generate/index.ts';
import {
  detectLayout,
  layoutsIn,
  storeOfMirror,
  v2Layout,
  v3Layout,
  type MirrorLayout,
  type ObjectStore,
} from '../../mirror/index.ts';
import { readEnvironment, type Lockfile } from '../../spack/index.ts';
import { packageJobError } from '../errors.ts';
import { mirrorsOf } from '../job-environment.ts';
import { stackMirrors } from '../stack-mirrors.ts';
import type { RebuildJob } from './rebuild-job.ts';

/** The mirrors where a job looks for packages, in this order, and the one that it pushes to, in each of its layouts. */
export interface JobMirrors {
  readonly sources: readonly DependencySource[];
  readonly destination: readonly [MirrorLayout, ...MirrorLayout[]];
}

interface Stores {
  readonly sources: readonly MirrorSource[];
  readonly destination: ObjectStore;
}

/**
 * Opens the mirrors of a job: those of its server, or, anywhere else, the binary mirrors of the locked environment, of
 * which `buildcache-destination` is pushed to, as in `spack ci rebuild`.
 */
export async function jobMirrors(job: RebuildJob, lock: Lockfile, env: ProcessVariables): Promise<JobMirrors> {
  const { sources, destination } = await storesOf(job, env);
  return {
    sources: await Promise.all(sources.map(readableSource)),
    // The server takes v3, and keeps the other layout itself.
    destination: env['SLIPWAY_TRUST'] === undefined ? await keptLayouts(destination, lock) : [v3Layout(destination)],
  };
}

/** Another job may begin layout v3 in a mirror of layout v2 while this one needs a package of the latter. */
async function readableSource({ store, ...rest }: MirrorSource): Promise<DependencySource> {
  const layout = await detectLayout(store);
  return { ...rest, layout, ...(layout.kind === 'v3' ? { older: v2Layout(store) } : {}) };
}

async function storesOf({ job, concrete }: RebuildJob, env: ProcessVariables): Promise<Stores> {
  if (job.mirror !== undefined) return { sources: mirrorsOf(job), destination: job.mirror.store };
  const text = await readFile(join(concrete, 'spack.yaml'), 'utf8').catch(() => '');
  const { environment } = readEnvironment(text, 'spack.yaml', { specs: false });
  const mirrors = (environment?.mirrors ?? []).filter(({ binary }) => binary);
  const named = mirrors.find(({ name }) => name === 'buildcache-destination');
  if (named === undefined) {
    const remedy =
      'Give the URL of the mirror that this job pushes to, or name a mirror `buildcache-destination` in spack.yaml.';
    throw packageJobError('PACKAGE_JOB_VARIABLE_MISSING', { variable: 'SLIPWAY_MIRROR', remedy });
  }
  const sources = await stackMirrors(mirrors, { env, verifier: job.verifier });
  return { sources, destination: await storeOfMirror({ mirror: named, direction: 'push', environment: env }) };
}

/** The layouts that a mirror has; an empty one gets that of the Spack whose lock it is. */
async function keptLayouts(store: ObjectStore, { spack }: Lockfile): Promise<JobMirrors['destination']> {
  const [first, ...others] = await layoutsIn(store);
  if (first !== undefined) return [first, ...others];
  const { version } = spack as { readonly version?: unknown };
  return [typeof version === 'string' && version.startsWith('0.') ? v2Layout(store) : v3Layout(store)];
}
