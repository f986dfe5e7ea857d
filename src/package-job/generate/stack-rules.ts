import {
  askMappings,
  readCiSection,
  readLegacySection,
  type FetchJson,
  type StackFiles,
  type StackRules,
} from '../../generate/index.ts';
import type { Lockfile } from '../../spack/index.ts';

interface RulesRequest {
  readonly lock: Lockfile;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Beginnings of the endpoints that dynamic mappings may ask. */
  readonly endpoints: readonly string[];
  readonly warn: (message: string) => void;
}

/**
 * Reads the rules of a stack's `ci:` (or old `gitlab-ci:`) section and asks its dynamic mappings; undefined without
 * one.
 */
export async function stackRulesOf(stack: StackFiles, request: RulesRequest): Promise<StackRules | undefined> {
  if (stack.ci !== undefined) {
    const section = readCiSection(stack.ci);
    const skip = request.env['SPACK_CI_SKIP_DYNAMIC_MAPPING'];
    const asked = await askMappings(section.rules, request.lock, {
      nodes: [...request.lock.nodes.values()].filter((node) => node.external === undefined),
      isAllowed: (endpoint) => request.endpoints.some((one) => isBelow(endpoint, one)),
      skip: skip === undefined ? undefined : new RegExp(`^(?:${skip})`),
      fetch: fetchJson,
      warn: request.warn,
    });
    return { kind: 'ci', section, asked };
  }
  if (stack.gitlabCi === undefined) return undefined;
  const section = readLegacySection(stack.gitlabCi);
  const bootstrap = section.bootstrap.map((name) => ({
    name,
    specs: (stack.environment.definitions.get(name) ?? []).flatMap((item) => ('text' in item ? [item.text] : [])),
  }));
  return { kind: 'gitlab-ci', section, bootstrap };
}

/** The same server, and a path that is the allowed one or below it. */
function isBelow(endpoint: string, allowed: string): boolean {
  const [one, other] = [new URL(endpoint), new URL(allowed)];
  const folder = other.pathname.endsWith('/') ? other.pathname : `${other.pathname}/`;
  return one.origin === other.origin && (one.pathname === other.pathname || one.pathname.startsWith(folder));
}

const fetchJson: FetchJson = async (url, { headers, timeout }) => {
  const signal = AbortSignal.timeout((timeout ?? 1) * 1000);
  const response = await fetch(url, { headers, signal, redirect: 'error' });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
};
