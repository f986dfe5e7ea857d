import { parseSpec, satisfies, type AbstractSpec, type SpecNode } from '../../spack/index.ts';
import { HASH_START, type CatalogContent, type CatalogOrder, type CatalogPackage } from './catalog-content.ts';
import type { RowTest } from './column.ts';

type SpecEdge = AbstractSpec['dependencies'][number];

/**
 * Returns the packages on the mirror that a text describes. Its plain words are parts of a name, beginnings of a
 * version or beginnings of a hash; everything else is a spec, whose name may be a part of one too: `hdf5@1.14 +mpi
 * ^openmpi`. Ordered by name, those that are named exactly so come first. Throws SPEC_SYNTAX.
 */
export function searchPackages(
  content: CatalogContent,
  text: string,
  order: CatalogOrder = 'name',
): readonly CatalogPackage[] {
  const { words, spec } = readSearch(text);
  const tests = words.map((word) => wordTest(content, word));
  if (spec !== undefined) tests.push(specTest(content, spec));
  const found = content.present(order).filter((row) => tests.every((isMatch) => isMatch(row)));
  const packages = found.map((row) => content.at(row));
  const [first] = words;
  return first === undefined || order !== 'name' ? packages : closestFirst(packages, first);
}

interface Search {
  readonly words: readonly string[];
  /** Without a name, which is one of the words. */
  readonly spec?: AbstractSpec;
}

function readSearch(text: string): Search {
  const parts = text.split(/\s+/).filter((part) => part !== '');
  const isWord = (part: string) => /^\w[\w.-]*$/.test(part);
  const words = parts.filter(isWord).map((word) => word.toLowerCase());
  const others = parts.filter((part) => !isWord(part)).join(' ');
  if (others === '') return { words };
  const { name, ...spec } = parseTyped(others);
  return { words: name === undefined ? words : [name.toLowerCase(), ...words], spec };
}

/** Reads a spec whose end is perhaps not typed yet: `hdf5@`. */
function parseTyped(text: string): AbstractSpec {
  const complete = text.replace(/[^A-Za-z0-9]+$/, '');
  try {
    return parseSpec(text);
  } catch (error) {
    if (complete === text) throw error;
    return parseSpec(complete === '' ? '*' : complete);
  }
}

function wordTest(content: CatalogContent, word: string): RowTest {
  const isNamed = content.names.where((name) => name.includes(word));
  const isVersion = content.versions.where((version) => version.startsWith(word));
  const isHash = word.length < HASH_START ? () => false : hashTest(content, word);
  return (row) => isNamed(row) || isVersion(row) || isHash(row);
}

function hashTest(content: CatalogContent, start: string): RowTest {
  const isLikely = content.hashStarts.where((one) => start.startsWith(one) || one.startsWith(start));
  return (row) => isLikely(row) && content.at(row).hash.startsWith(start);
}

function closestFirst(found: readonly CatalogPackage[], word: string): readonly CatalogPackage[] {
  const ranks: CatalogPackage[][] = [[], [], []];
  for (const one of found) ranks[one.name === word ? 0 : one.name.startsWith(word) ? 1 : 2]?.push(one);
  return ranks.flat();
}

function specTest(content: CatalogContent, spec: AbstractSpec): RowTest {
  const { name, hash, versions, variants, flags, architecture, dependencies } = spec;
  const tests: RowTest[] = [];
  if (name !== undefined) tests.push(content.names.where((one) => one === name));
  if (versions !== undefined) tests.push(content.versions.where((version) => isSatisfied({ version }, { versions })));
  if (variants.length + flags.length > 0)
    tests.push(content.parameters.where((parameters) => isSatisfied({ parameters }, { variants, flags })));
  if (architecture !== undefined)
    tests.push(content.architectures.where((arch) => isSatisfied({ arch }, { architecture })));
  if (hash !== undefined) tests.push(hashTest(content, hash));
  tests.push(...dependencies.map((edge) => edgeTest(content, edge)));
  return (row) => tests.every((isMatch) => isMatch(row));
}

function edgeTest(content: CatalogContent, edge: SpecEdge): RowTest {
  const users = usersOf(content, edge);
  const isCompiled = content.compilers.where(
    (compiler) => compiler !== null && isSatisfied({ compiler }, { dependencies: [edge] }),
  );
  return (row) => users[row] === 1 || isCompiled(row);
}

/** Marks the packages that have such a dependency: a direct one (`%`), or by what it links and runs (`^`). */
function usersOf(content: CatalogContent, edge: SpecEdge): Uint8Array {
  const isTarget = specTest(content, edge.spec);
  const marks = new Uint8Array(content.size);
  const found: number[] = [];
  const mark = (row: number) => {
    if (marks[row] === 1) return;
    marks[row] = 1;
    found.push(row);
  };
  for (const user of content.usersOfVirtual(edge.spec.name ?? '')) mark(user);
  for (let target = 0; target < content.size; target += 1)
    if (isTarget(target))
      for (const { number } of content.usersOf(target)) if (isUsedAs(content, { number, target }, edge)) mark(number);
  if (edge.direct) return marks;
  for (const user of found) for (const { number, isLater } of content.usersOf(user)) if (isLater) mark(number);
  return marks;
}

function isUsedAs(
  content: CatalogContent,
  { number, target }: { readonly number: number; readonly target: number },
  { virtuals, deptypes }: SpecEdge,
): boolean {
  if (virtuals.length + deptypes.length === 0) return true;
  const { hash } = content.at(target);
  return content
    .at(number)
    .dependencies.some(
      ({ hash: used, parameters }) =>
        used === hash &&
        deptypes.every((type) => parameters.deptypes.includes(type)) &&
        (virtuals.length === 0 || virtuals.some((one) => parameters.virtuals.includes(one))),
    );
}

const anything: AbstractSpec = { variants: [], flags: [], dependencies: [] };
const plainNode: SpecNode = {
  name: '',
  version: '0',
  arch: { platform: '', platform_os: '', target: '' },
  namespace: '',
  parameters: {},
  hash: '',
};

function isSatisfied(traits: Partial<SpecNode>, constraint: Partial<AbstractSpec>): boolean {
  return satisfies({ ...plainNode, ...traits }, { ...anything, ...constraint });
}
