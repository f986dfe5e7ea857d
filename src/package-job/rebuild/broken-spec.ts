import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, type ProcessVariables } from '../../kit/index.ts';
import { storeFromUrl } from '../../mirror/index.ts';
import { readEnvironment, type SpecNode } from '../../spack/index.ts';
import type { RebuildJob } from './rebuild-job.ts';

interface BrokenSpecRequest {
  readonly job: RebuildJob;
  readonly node: SpecNode;
  readonly env: ProcessVariables;
  readonly isBroken: boolean;
  readonly warn: (message: string) => void;
}

/**
 * Keeps the list of packages that are known to fail (`broken-specs-url`), as `spack ci rebuild` does: in pipelines of a
 * protected branch, an object for each hash that failed, and none for what was built. What goes wrong with it is a
 * warning.
 */
export async function recordBrokenSpec({ job, node, env, isBroken, warn }: BrokenSpecRequest): Promise<void> {
  if (job.job.isReproduction || job.pipelineType !== 'spack_protected_branch') return;
  const { environment } = readEnvironment(await readFile(join(job.concrete, 'spack.yaml'), 'utf8'), 'spack.yaml', {
    specs: false,
  });
  const url = (environment?.raw.ci as { readonly 'broken-specs-url'?: unknown } | undefined)?.['broken-specs-url'];
  if (typeof url !== 'string' || url === '') return;
  try {
    const store = await storeFromUrl(url, env);
    const { dump } = await import('js-yaml');
    if (isBroken) await store.put(node.hash, Buffer.from(dump({ 'broken-spec': details(job, node, env) })));
    else if ((await store.head(node.hash)) !== undefined) await store.remove?.(node.hash);
  } catch (error) {
    warn(`The list of broken packages at ${url} was not brought up to date: ${messageOf(error)}`);
  }
}

function details(job: RebuildJob, node: SpecNode, env: BrokenSpecRequest['env']): Readonly<Record<string, unknown>> {
  return {
    'job-name': node.name,
    'job-stack': job.stackName ?? null,
    'job-url': env['CI_JOB_URL'] ?? null,
    'pipeline-url': env['CI_PIPELINE_URL'] ?? null,
    'concrete-spec-dict': node,
  };
}
