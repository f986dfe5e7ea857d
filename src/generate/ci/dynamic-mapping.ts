import PQueue from 'p-queue';
import { isRecord, messageOf } from '../../kit/index.ts';
import {
  architectureText,
  compilerOf,
  variantsText,
  type ConfigMapping,
  type Lockfile,
  type SpecNode,
} from '../../spack/index.ts';
import type { DynamicMapping, PipelineRule } from './ci-section.ts';

/** The answers of each queried mapping, by the hashes of packages. */
export type MappingAnswers = ReadonlyMap<DynamicMapping, ReadonlyMap<string, ConfigMapping>>;

interface QueryOptions {
  /** Beginnings of the endpoints that may be queried: a pull request can name any in its stack. */
  readonly endpoints: readonly string[];
  /** Pattern of the names of mappings to leave out: SPACK_CI_SKIP_DYNAMIC_MAPPING. */
  readonly skip: string | undefined;
  readonly warn: (message: string) => void;
}

const AT_ONCE = 8;

/**
 * Queries the endpoints of dynamic mappings for the needs of each package's job. A query that fails changes nothing.
 */
export async function queryMappings(
  rules: readonly PipelineRule[],
  lock: Lockfile,
  { endpoints, skip, warn }: QueryOptions,
): Promise<MappingAnswers> {
  const skipped = skip === undefined ? undefined : new RegExp(`^(?:${skip})`);
  const answers = new Map<DynamicMapping, ReadonlyMap<string, ConfigMapping>>();
  for (const rule of rules) {
    if (rule.kind !== 'dynamic') continue;
    const { mapping } = rule;
    const { name, endpoint } = mapping;
    if (name !== undefined && skipped?.test(name) === true) continue;
    if (endpoints.some((one) => isBelow(endpoint, one))) answers.set(mapping, await queryAll(mapping, lock, warn));
    else warn(`The dynamic mapping ${name ?? endpoint} is not queried: ${endpoint} is not an allowed endpoint.`);
  }
  return answers;
}

/** Whether an endpoint is on the same server as the allowed one, with the same path or one below it. */
function isBelow(endpoint: string, allowed: string): boolean {
  const [one, other] = [new URL(endpoint), new URL(allowed)];
  const folder = other.pathname.endsWith('/') ? other.pathname : `${other.pathname}/`;
  return one.origin === other.origin && (one.pathname === other.pathname || one.pathname.startsWith(folder));
}

async function queryAll(
  mapping: DynamicMapping,
  lock: Lockfile,
  warn: QueryOptions['warn'],
): Promise<ReadonlyMap<string, ConfigMapping>> {
  const answers = new Map<string, ConfigMapping>();
  const query = async (node: SpecNode): Promise<void> => {
    try {
      const answer = allowedKeys(await fetchJson(mapping, queryUrl(mapping, node, lock)), mapping);
      const missing = mapping.require.filter((key) => !Object.hasOwn(answer, key));
      if (missing.length > 0) warn(`The answer of ${mapping.endpoint} for ${node.name} lacks ${missing.join(', ')}.`);
      if (Object.keys(answer).length > 0) answers.set(node.hash, answer);
    } catch (error) {
      warn(`${mapping.endpoint} did not answer for ${node.name}: ${messageOf(error)}`);
    }
  };
  const nodes = [...lock.nodes.values()].filter((node) => node.external === undefined);
  await new PQueue({ concurrency: AT_ONCE }).addAll(nodes.map((node) => () => query(node)));
  return answers;
}

async function fetchJson({ header, timeout }: DynamicMapping, url: string): Promise<unknown> {
  const signal = AbortSignal.timeout(timeout * 1000);
  const response = await fetch(url, { headers: header, signal, redirect: 'error' });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

function allowedKeys(answer: unknown, { allow, require, ignore }: DynamicMapping): ConfigMapping {
  if (!isRecord(answer)) throw new Error('it is no JSON object');
  const isAllowed = (key: string) => allow.length === 0 || allow.includes(key) || require.includes(key);
  return Object.fromEntries(Object.entries(answer).filter(([key]) => !ignore.includes(key) && isAllowed(key)));
}

/** The query has Spack's form, spaces included. */
function queryUrl({ endpoint }: DynamicMapping, node: SpecNode, { nodes }: Lockfile): string {
  const { name = 'none', version = 'none' } = compilerOf(node, nodes) ?? {};
  const arch = architectureText(node);
  const spec = `${node.name}@${node.version} ${variantsText(node)} arch=${arch}%${name}@${version}`;
  const url = new URL(endpoint);
  url.search = `spec=${encodeURIComponent(spec)}`;
  return url.href;
}
