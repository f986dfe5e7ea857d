import { isRecord } from '../../kit/index.ts';
import { hashPattern } from './dag-hash.ts';

/** What a package may be called; keeps names usable as parts of paths and object keys. */
export const namePattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/**
 * Whether a value is a node as `nodeSchema` wants it. A lock has thousands of nodes, nearly always well formed, and a
 * library that can also say what is wrong takes longer over them than all the rest of reading the lock.
 */
export function isNode(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { name, version, arch, compiler, namespace, parameters, external, patches, package_hash, dependencies } = value;
  return (
    isName(name) &&
    isText(version) &&
    version !== '' &&
    isArchitecture(arch) &&
    isText(namespace) &&
    isRecord(parameters) &&
    Object.values(parameters).every(isParameter) &&
    isHash(value['hash']) &&
    (compiler === undefined || (isRecord(compiler) && isText(compiler['name']) && isText(compiler['version']))) &&
    (external === undefined || (isRecord(external) && (external['path'] === null || isText(external['path'])))) &&
    (patches === undefined || isListOf(patches, isText)) &&
    (package_hash === undefined || isText(package_hash)) &&
    (dependencies === undefined || isListOf(dependencies, isDependency))
  );
}

function isArchitecture(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { platform, platform_os, target } = value;
  const isTarget = isText(target) || (isRecord(target) && isText(target['name']));
  return isText(platform) && isText(platform_os) && isTarget;
}

function isDependency(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { name, hash, build_hash, parameters, type } = value;
  return (
    isName(name) &&
    (hash !== undefined || build_hash !== undefined) &&
    (hash === undefined || isHash(hash)) &&
    (build_hash === undefined || isHash(build_hash)) &&
    (parameters !== undefined || type !== undefined) &&
    (type === undefined || isListOf(type, isDependencyType)) &&
    (parameters === undefined ||
      (isRecord(parameters) &&
        isListOf(parameters['deptypes'], isDependencyType) &&
        isListOf(parameters['virtuals'], isText)))
  );
}

function isParameter(value: unknown): boolean {
  return typeof value === 'boolean' || isText(value) || isListOf(value, isText);
}

function isDependencyType(value: unknown): boolean {
  return value === 'build' || value === 'link' || value === 'run' || value === 'test';
}

function isHash(value: unknown): boolean {
  return isText(value) && hashPattern.test(value);
}

function isName(value: unknown): boolean {
  return isText(value) && namePattern.test(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isListOf(value: unknown, is: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => is(item));
}
