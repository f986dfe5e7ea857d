import type { PipelineSubject } from '../../pipeline/index.ts';
import type { Stack } from '../context.ts';

/** Returns what a pipeline of a protected branch or tag runs on. */
export async function subjectOfRef(
  stack: Stack,
  pushed: Pick<PipelineSubject, 'ref' | 'sha' | 'actor' | 'beforeSha'> & { refType: 'branch' | 'tag' },
): Promise<PipelineSubject> {
  const { refType, ref, sha, actor, beforeSha } = pushed;
  const { tree } = await stack.forge.commit(sha);
  const { name } = stack.configuration;
  const source = refType === 'tag' ? 'tag' : 'push';
  return { stack: name, source, refType, ref, head: sha, base: sha, sha, tree, trust: 'protected', actor, beforeSha };
}
