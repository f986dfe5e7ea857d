import { sha256 } from '../../kit/index.ts';
import type { PlannedInclude } from '../pipeline-plan.ts';
import { includeSource, type FetchedText, type ForeignInclude } from './include-entry.ts';

/** Records which text a source stood for. */
export function plannedInclude(include: ForeignInclude, { text, resolved }: FetchedText): PlannedInclude {
  const source = includeSource(include);
  return { kind: include.kind, source, resolved: resolved ?? source, sha256: sha256(text) };
}
