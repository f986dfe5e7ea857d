import { generatorsOf, type AssignedJob } from '../../pipeline/index.ts';
import type { PipelineRecords } from '../context.ts';

/** A command that generates a pipeline and leaves the lock beside it. */
const GENERATES = /\b(?:spack\s(?:[^\n;&|]*\s)?ci|slipway)\s+generate\b/;
const ROOT = /--artifacts-root(?:\s+|=)(["']?)([^\s"']+)\1/;
/** Where Spack puts its files without `--artifacts-root`. */
const DEFAULT_ROOT = 'jobs_scratch_dir';

/**
 * Returns a job with the folder of the lock among its artifacts, if it generates the pipeline that a trigger starts.
 * Pipelines of the time before Spack 0.18 keep the generated file alone; jobs of today read the lock from that folder,
 * and the server records it.
 */
export function withLockArtifact(context: PipelineRecords, assigned: AssignedJob): AssignedJob {
  const { plan, record } = assigned;
  const { artifacts } = plan;
  if (artifacts === undefined || record.parent !== undefined) return assigned;
  const script = plan.script.join('\n');
  const isNamed = context.pipelines.state(record.id).plan.jobs.some((job) => generatorsOf(job).includes(plan.name));
  if (!isNamed || !GENERATES.test(script)) return assigned;
  const root = (ROOT.exec(script)?.[2] ?? DEFAULT_ROOT).replace(/\/$/, '');
  const added = `${root}/concrete_environment`;
  if (artifacts.paths.some((path) => covers(path, added))) return assigned;
  return { ...assigned, plan: { ...plan, artifacts: { ...artifacts, paths: [...artifacts.paths, added] } } };
}

/** Whether a path of artifacts is a folder, or names a folder, that another one is in. */
function covers(path: string, other: string): boolean {
  const [outer, inner] = [path, other].map(plainPath) as [string, string];
  return outer === '' || inner === outer || inner.startsWith(`${outer}/`);
}

function plainPath(path: string): string {
  return path.replace(/^(?:\$CI_PROJECT_DIR|\$\{CI_PROJECT_DIR\})\/?/, '').replace(/^\.\/?|\/?\*{0,2}$/g, '');
}
