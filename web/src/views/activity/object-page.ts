import type { AuditRecord } from '../../../../src/protocol/index.ts';
import { linkTo } from '../../router.ts';

/** Returns the address of the page of what something was done to, if there is one. */
export function objectPage({ on = '', stack }: Pick<AuditRecord, 'on' | 'stack'>): string | undefined {
  const [, kind, id = ''] = /^(?:jobs of )?(job|pipeline|image|pull request) (\S+)$/.exec(on) ?? [];
  if (kind === 'job') return linkTo.job(id);
  if (kind === 'pipeline') return linkTo.pipeline(id);
  if (kind === 'image') return linkTo.image(id);
  return kind === undefined || stack === undefined ? undefined : linkTo.request(stack, id);
}
