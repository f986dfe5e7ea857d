import { createHash } from 'node:crypto';
import type { Field } from '../document/field.ts';
import type { PipelineContext } from '../pipeline-plan.ts';
import { nameOf, type FetchedText, type IncludeEntry, type IncludeSource } from './include-entry.ts';

type Ports = Pick<PipelineContext, 'readFile' | 'fetchInclude'>;

/** Returns an included file; undefined, after a complaint, if it does not exist or must not be fetched. */
export function fetchInclude(source: IncludeSource, entry: IncludeEntry, ports: Ports): FetchedText | undefined {
  const { field, integrity } = entry;
  const name = nameOf(source);
  if ((source.kind === 'local' || source.kind === 'project') && !/\.ya?ml$/.test(source.path))
    return field.invalid('a file whose name ends in .yml or .yaml', source.path);
  const isAllowed = (source.kind === 'local' ? ports.readFile : ports.fetchInclude) !== undefined;
  if (!isAllowed) return field.error('GITLAB_INCLUDE_REFUSED', { kind: source.kind, name });
  const fetched = source.kind === 'local' ? localText(source.path, ports) : ports.fetchInclude?.(source);
  if (fetched === undefined) return field.error('GITLAB_INCLUDE_MISSING', { name });
  if ('reason' in fetched) return field.error('GITLAB_INCLUDE_FAILED', { name, ...fetched });
  return integrity === undefined || isIntact(fetched.text, integrity, field.at('integrity')) ? fetched : undefined;
}

function localText(path: string, { readFile }: Ports): { readonly text: string } | undefined {
  const text = readFile?.(path);
  return text === undefined ? undefined : { text };
}

/** https://docs.gitlab.com/ci/yaml/#includeintegrity */
function isIntact(text: string, integrity: string, field: Field): boolean {
  const expected = /^sha256-([A-Za-z0-9+/]{43}=)$/.exec(integrity)?.[1];
  if (expected === undefined) return field.invalid('`sha256-` and the digest in base64') ?? false;
  if (createHash('sha256').update(text).digest('base64') === expected) return true;
  return field.invalid('the digest of the fetched text') ?? false;
}
