import { join } from 'node:path';
import type { SpecNode } from '../../spack/index.ts';
import { prefixOf } from './prefixes.ts';

interface StepEnvironmentOptions {
  readonly node: SpecNode;
  readonly dependencies: readonly SpecNode[];
  readonly scratch: string;
  readonly sourceFolder: string;
  readonly jobs: number;
  readonly path: string;
  /** The recipe's own variables. */
  readonly extra: Readonly<Record<string, string>>;
}

/** Returns all variables of a step: none of the caller's own. */
export function stepEnvironment(options: StepEnvironmentOptions): Readonly<Record<string, string>> {
  const { node, dependencies, scratch } = options;
  const tools = directTools(node, dependencies);
  return {
    MAKEFLAGS: `-j${options.jobs}`,
    ...options.extra,
    PATH: [...tools, options.path].join(':'),
    HOME: join(scratch, 'home'),
    TMPDIR: join(scratch, 'tmp'),
    LANG: 'C',
    LC_ALL: 'C',
    TZ: 'UTC',
    SOURCE_DATE_EPOCH: '0',
    CC: 'cc',
    CXX: 'c++',
    PREFIX: prefixOf(node),
    JOBS: String(options.jobs),
    NAME: node.name,
    VERSION: node.version,
    SOURCE_DIR: options.sourceFolder,
    ...Object.fromEntries(dependencies.map((one) => [dependencyVariable(one.name), prefixOf(one)])),
  };
}

/** `stack-cc` → `DEP_STACK_CC` */
function dependencyVariable(name: string): string {
  return `DEP_${name.toUpperCase().replaceAll('-', '_')}`;
}

function directTools(node: SpecNode, dependencies: readonly SpecNode[]): readonly string[] {
  const direct = (node.dependencies ?? []).filter((one) => one.parameters.deptypes.includes('build'));
  const hashes = new Set(direct.map((one) => one.hash));
  return dependencies.filter((one) => hashes.has(one.hash)).map((one) => `${prefixOf(one)}/bin`);
}
