import { isRecord } from '../../kit/index.ts';
import { hashPattern } from './dag-hash.ts';
import type { SpecDependency, SpecNode } from './node.ts';

/** What a package may be called; keeps names usable as parts of paths and object keys. */
export const namePattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isName: Check = (value) => typeof value === 'string' && namePattern.test(value);
const isHash: Check = (value) => typeof value === 'string' && hashPattern.test(value);
const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every((item) => check(item));
const isMapping = (checks: Readonly<Record<string, Check>>): Check => {
  const entries = Object.entries(checks);
  return (value) => isRecord(value) && entries.every(([key, check]) => check(value[key]));
};

const areTexts = isListOf(isText);
const isTarget: Check = (value) => isText(value) || isMapping({ name: isText })(value);
const types: readonly unknown[] = ['build', 'link', 'run', 'test'];
const areTypes = isListOf((value) => types.includes(value));

/** The names of the hash and of the types depend on the format of the file. */
function isDependency(value: unknown): boolean {
  if (!isRecord(value) || !isName(value['name'])) return false;
  const { hash, build_hash: oldHash, parameters, type } = value;
  const isNamed = hash === undefined ? isHash(oldHash) : isHash(hash) && (oldHash === undefined || isHash(oldHash));
  if (!isNamed || !(type === undefined || areTypes(type))) return false;
  if (parameters === undefined) return type !== undefined;
  return isRecord(parameters) && areTypes(parameters['deptypes']) && areTexts(parameters['virtuals']);
}

/**
 * The keys of a node, each with its check and what it must be. Written out: a lock has thousands of nodes, and a
 * schema library takes twenty times longer.
 */
const keys = Object.entries<readonly [Check, string]>({
  name: [isName, 'not a package name'],
  version: [(value) => isText(value) && value !== '', 'not a version'],
  arch: [isMapping({ platform: isText, platform_os: isText, target: isTarget }), 'not an architecture'],
  compiler: [isOptional(isMapping({ name: isText, version: isText })), 'not a compiler'],
  namespace: [isText, 'not a text'],
  parameters: [areParameters, 'not texts, booleans and lists of texts'],
  external: [isOptional(isMapping({ path: (value) => value === null || isText(value) })), 'not an external package'],
  patches: [isOptional(areTexts), 'not a list of texts'],
  package_hash: [isOptional(isText), 'not a text'],
  dependencies: [isOptional(isListOf(isDependency)), 'not dependencies'],
  hash: [isHash, 'not a DAG hash (32 characters of a-z and 2-7)'],
}).map(([key, [check, fault]]) => ({ key, check, fault }));

function areParameters(value: unknown): boolean {
  const isParameter: Check = (one) => typeof one === 'boolean' || isText(one) || areTexts(one);
  return isRecord(value) && Object.values(value).every(isParameter);
}

/**
 * Returns a value as a node, itself and not a copy: the order of its keys is part of its hash. If it is none, returns
 * its first fault.
 */
export function readNode(value: unknown): SpecNode | { readonly fault: string } {
  if (!isRecord(value)) return { fault: 'not a mapping' };
  const wrong = keys.find(({ key, check }) => !check(value[key]));
  if (wrong !== undefined) return { fault: `${wrong.key}: ${wrong.fault}` };
  const node = value as unknown as SpecNode;
  for (const one of node.dependencies ?? []) completeDependency(one);
  return node;
}

/**
 * Formats 2 and 3 write a dependency's types as `type`, and format 2 its hash as `build_hash`. The model's names
 * are added without being enumerable, so that the text that is hashed and written stays as it was.
 */
function completeDependency(one: SpecDependency & { type?: readonly string[]; build_hash?: string }): void {
  if (one.hash === undefined) Object.defineProperty(one, 'hash', { value: one.build_hash });
  if (one.parameters === undefined) {
    Object.defineProperty(one, 'parameters', { value: { deptypes: one.type, virtuals: [] } });
  }
}
