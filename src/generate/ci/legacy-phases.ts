import { closure, compilerPackage, type Lockfile, type SpecNode } from '../../spack/index.ts';
import type { BuildDecision } from '../plan-build.ts';
import { isLegacyMatch } from './legacy-section.ts';

/** Where the packages of an old stack belong: its lists of compilers come first, one after the other, then `specs`. */
interface LegacyPhases {
  /** Phase of each package that is built, by hash. */
  readonly phaseOf: ReadonlyMap<string, string>;
  /** The packages that are built, their needs and depths as the phases make them. */
  readonly decisions: readonly BuildDecision[];
}

export const mainPhase = 'specs';

export interface PhaseList {
  readonly name: string;
  /** The specs that the definition of this name lists. */
  readonly specs: readonly string[];
}

/**
 * Puts packages into the phases of `bootstrap`: what a list names, with all it depends on. A package waits for the
 * compiler that an earlier phase builds for it, and its stage comes after all stages of the phases before its own.
 */
export function legacyPhases(
  lock: Lockfile,
  built: readonly BuildDecision[],
  lists: readonly PhaseList[],
): LegacyPhases {
  const phaseOf = new Map<string, string>();
  const compilers: SpecNode[] = [];
  for (const { name, specs } of lists) {
    const named = [...lock.nodes.values()].filter((node) => specs.some((text) => isLegacyMatch(node, text, lock)));
    const hashes = named.map((node) => node.hash);
    for (const hash of closure(lock, hashes, ['build', 'link', 'run', 'test']))
      if (!phaseOf.has(hash)) phaseOf.set(hash, name);
    compilers.push(...named);
  }
  for (const { hash } of built) if (!phaseOf.has(hash)) phaseOf.set(hash, mainPhase);
  const order = [...lists.map((list) => list.name), mainPhase];
  const sorted = order.flatMap((phase) => built.filter(({ hash }) => phaseOf.get(hash) === phase));
  return { phaseOf, decisions: renumber(sorted, { lock, phaseOf, compilers }) };
}

interface PhaseContext {
  readonly lock: Lockfile;
  readonly phaseOf: ReadonlyMap<string, string>;
  readonly compilers: readonly SpecNode[];
}

function renumber(
  sorted: readonly BuildDecision[],
  { lock, phaseOf, compilers }: PhaseContext,
): readonly BuildDecision[] {
  const depths = new Map<string, number>();
  const isBuilt = new Set(sorted.map(({ hash }) => hash));
  let [phase, first] = ['', 0];
  return sorted.map((decision) => {
    const { hash } = decision;
    if (phaseOf.get(hash) !== phase) [phase, first] = [phaseOf.get(hash) ?? '', Math.max(-1, ...depths.values()) + 1];
    const compiler = phase === mainPhase ? compilerFor(lock.nodes.get(hash), compilers)?.hash : undefined;
    const needs = [...new Set([...decision.needs, compiler ?? ''])].filter((need) => isBuilt.has(need));
    const depth = needs.reduce((most, need) => Math.max(most, (depths.get(need) ?? -1) + 1), first);
    depths.set(hash, depth);
    return { ...decision, needs, depth };
  });
}

function compilerFor(node: SpecNode | undefined, compilers: readonly SpecNode[]): SpecNode | undefined {
  const { name, version } = node?.compiler ?? {};
  return compilers.find((one) => one.name === compilerPackage(name) && one.version === version);
}

/** What a list names and the lock does not hold. Old Spacks concretized these lists beside the environment. */
export function absentCompilers(lock: Lockfile, { specs }: PhaseList): readonly string[] {
  const nodes = [...lock.nodes.values()];
  return specs.filter((text) => !nodes.some((node) => isLegacyMatch(node, text, lock)));
}
