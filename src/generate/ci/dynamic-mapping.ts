import PQueue from 'p-queue';
import {
  architectureText,
  compilerOf,
  variantsText,
  type ConfigMapping,
  type Lockfile,
  type SpecNode,
} from '../../spack/index.ts';
import type { DynamicMapping, PipelineRule } from './ci-section.ts';

/** For each mapping that was asked, what it says of the packages, by hash. */
export type AskedMappings = ReadonlyMap<DynamicMapping, ReadonlyMap<string, ConfigMapping>>;

/** Gets JSON from a URL; fails by throwing. */
export type FetchJson = (url: string, request: DynamicMapping) => Promise<unknown>;

interface AskOptions {
  /** Which endpoints may be asked: the stack names them, and a pull request's stack is anybody's. */
  readonly isAllowed: (endpoint: string) => boolean;
  /** Names of mappings to leave out, as Spack's SPACK_CI_SKIP_DYNAMIC_MAPPING. */
  readonly skip?: RegExp;
  readonly fetch: FetchJson;
  readonly warn: (message: string) => void;
}

const AT_ONCE = 8;

/**
 * Asks the endpoints of dynamic mappings what the jobs of these packages need. What cannot be asked changes nothing.
 */
export async function askMappings(
  rules: readonly PipelineRule[],
  lock: Lockfile,
  options: AskOptions & { readonly nodes: readonly SpecNode[] },
): Promise<AskedMappings> {
  const asked = new Map<DynamicMapping, ReadonlyMap<string, ConfigMapping>>();
  for (const rule of rules) {
    if (rule.kind !== 'dynamic') continue;
    const { mapping } = rule;
    const { name = mapping.endpoint, endpoint } = mapping;
    if (mapping.name !== undefined && options.skip?.test(mapping.name) === true) continue;
    if (options.isAllowed(endpoint)) asked.set(mapping, await askAll(mapping, lock, options));
    else options.warn(`The dynamic mapping ${name} was not asked: ${endpoint} is not among the allowed endpoints.`);
  }
  return asked;
}

async function askAll(
  mapping: DynamicMapping,
  lock: Lockfile,
  { nodes, fetch, warn }: AskOptions & { readonly nodes: readonly SpecNode[] },
): Promise<ReadonlyMap<string, ConfigMapping>> {
  const answers = new Map<string, ConfigMapping>();
  const queue = new PQueue({ concurrency: AT_ONCE });
  const ask = async (node: SpecNode): Promise<void> => {
    try {
      const answer = chosen(await fetch(urlOf(mapping, node, lock), mapping), mapping);
      const missing = mapping.require.filter((key) => !Object.hasOwn(answer, key));
      if (missing.length > 0) warn(`The answer of ${mapping.endpoint} for ${node.name} lacks ${missing.join(', ')}.`);
      if (Object.keys(answer).length > 0) answers.set(node.hash, answer);
    } catch (error) {
      warn(
        `${mapping.endpoint} did not answer for ${node.name}: ${error instanceof Error ? error.message : 'no reason'}`,
      );
    }
  };
  await queue.addAll(nodes.map((node) => () => ask(node)));
  return answers;
}

function chosen(answer: unknown, { allow, ignore }: DynamicMapping): ConfigMapping {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) throw new Error('it is no JSON object');
  const kept = Object.entries(answer).filter(
    ([key]) => !ignore.includes(key) && (allow.length === 0 || allow.includes(key)),
  );
  return Object.fromEntries(kept);
}

/** The query is what Spack asks, spaces included. */
function urlOf({ endpoint }: DynamicMapping, node: SpecNode, { nodes }: Lockfile): string {
  const { name = 'none', version = 'none' } = compilerOf(node, nodes) ?? {};
  const arch = architectureText(node);
  const spec = `${node.name}@${node.version} ${variantsText(node)} arch=${arch}%${name}@${version}`;
  const url = new URL(endpoint);
  url.search = `spec=${encodeURIComponent(spec)}`;
  return url.href;
}
