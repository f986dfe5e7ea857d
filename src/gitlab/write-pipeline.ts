import { dump } from 'js-yaml';

/**
 * Writes a generated pipeline as YAML that GitLab and we read alike: keys in the order given, nothing folded, no
 * aliases, text quoted wherever YAML 1.1 or 1.2 would take it for something else. Equal input gives equal text.
 */
export function writePipeline(document: Readonly<Record<string, unknown>>): string {
  return dump(document, { lineWidth: -1, noRefs: true });
}
