import { createHash } from 'node:crypto';
import type { Spot } from '../document/fault-list.ts';
import type { PipelineContext } from '../pipeline-plan.ts';
import { nameOf, type IncludeEntry, type IncludeSource } from './include-entry.ts';

type Ports = Pick<PipelineContext, 'readFile' | 'fetchInclude'>;

/** The text of an included file; undefined, with a complaint at the entry, where it cannot or may not be had. */
export function fetchInclude(source: IncludeSource, entry: IncludeEntry, ports: Ports): string | undefined {
  const { spot, integrity } = entry;
  const name = nameOf(source);
  if (source.kind === 'local' || source.kind === 'project') {
    const path = source.path;
    if (!/\.ya?ml$/.test(path)) return spot.invalid('a file whose name ends in .yml or .yaml', path);
  }
  const isAllowed = (source.kind === 'local' ? ports.readFile : ports.fetchInclude) !== undefined;
  if (!isAllowed) return spot.error('GITLAB_INCLUDE_REFUSED', { kind: source.kind, name });
  const text = source.kind === 'local' ? ports.readFile?.(source.path) : ports.fetchInclude?.(source);
  if (text === undefined) return spot.error('GITLAB_INCLUDE_MISSING', { name });
  return integrity === undefined || isIntact(text, integrity, spot) ? text : undefined;
}

/** https://docs.gitlab.com/ci/yaml/#includeintegrity */
function isIntact(text: string, integrity: string, spot: Spot): boolean {
  const wanted = /^sha256-([A-Za-z0-9+/]{43}=)$/.exec(integrity)?.[1];
  if (wanted === undefined) spot.child('integrity').invalid('`sha256-` and the digest in base64', integrity);
  else if (createHash('sha256').update(text).digest('base64') === wanted) return true;
  else spot.child('integrity').invalid('the digest of what was fetched', integrity);
  return false;
}
