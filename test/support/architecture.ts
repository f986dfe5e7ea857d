import { posix } from 'node:path';
import { cycles, fileCycles } from './import-cycles.ts';
import { importsOf } from './imports.ts';
import { isTest, moduleOf, resolveImport, type SourceFile } from './source-files.ts';

/** For each module, the modules that it may import besides `kit`. */
export type ImportTable = Readonly<Record<string, readonly string[] | 'every module'>>;

/** `docs/architecture.md` prints the same table, and a test compares the two. */
export const importTable: ImportTable = {
  kit: [],
  spack: [],
  gitlab: [],
  includes: ['gitlab'],
  oci: [],
  openpgp: [],
  protocol: [],
  audit: ['protocol'],
  forge: [],
  identity: [],
  access: [],
  pipeline: ['gitlab', 'protocol'],
  notify: [],
  store: ['access', 'pipeline', 'gitlab', 'coordinator', 'notify'],
  mirror: ['spack', 'oci'],
  notary: ['spack', 'mirror', 'identity'],
  builder: ['spack', 'mirror', 'protocol'],
  generate: ['spack', 'gitlab', 'mirror'],
  image: ['spack', 'oci', 'mirror', 'executor'],
  executor: ['protocol'],
  slurm: ['executor'],
  local: ['pipeline', 'gitlab', 'includes', 'executor', 'mirror', 'protocol', 'report', 'spack'],
  'package-job': ['spack', 'gitlab', 'openpgp', 'mirror', 'notary', 'builder', 'generate', 'report', 'protocol'],
  report: ['spack', 'protocol', 'generate'],
  coordinator: [
    'access',
    'audit',
    'forge',
    'gitlab',
    'includes',
    'pipeline',
    'mirror',
    'notary',
    'image',
    'generate',
    'protocol',
    'report',
    'spack',
    'identity',
    'notify',
  ],
  client: ['protocol'],
  reproduce: [
    'forge',
    'gitlab',
    'protocol',
    'spack',
    'mirror',
    'executor',
    'report',
    'coordinator',
    'client',
    'server',
  ],
  server: [
    'access',
    'audit',
    'coordinator',
    'pipeline',
    'store',
    'gitlab',
    'includes',
    'protocol',
    'forge',
    'mirror',
    'notary',
    'oci',
    'spack',
    'builder',
    'generate',
    'image',
    'executor',
    'identity',
    'notify',
    'report',
  ],
  demo: ['coordinator', 'pipeline', 'forge', 'mirror', 'spack', 'builder', 'image', 'oci', 'server'],
  init: ['pipeline'],
  doctor: ['builder', 'executor'],
  cli: 'every module',
};

/** The table's last column for a module that has no files yet. */
export const noCode = 'no code yet';

const leastFiles = 50;
const mostLines = 400;
const leastDocumentation = 80;
const vagueNames = /^(utils?|helpers?|common|types)\.ts$/;
const modulesWithoutIo = new Set(['spack', 'pipeline']);
/** Modules of Node.js and npm that start programs: for one file of the kit, and for what runs the shells of jobs. */
const processModules = /^(?:(?:node:)?child_process|execa)$/;
const processStarters = /^src\/(?:kit\/programs\/spawn-program\.ts$|executor\/(?:shells|processes)\/)/;
const ioModules = /^(node:)?(fs|fs\/promises|child_process|net|http|https|dgram|tls|worker_threads)$|^(undici|execa)$/;

/** Returns every breach of the rules as a sentence. */
export function findViolations(files: readonly SourceFile[], table: ImportTable): readonly string[] {
  const few =
    files.length > leastFiles ? [] : [`saw only ${files.length} files; there must be more than ${leastFiles}`];
  return [
    ...few,
    ...files.flatMap((file) => [...fileViolations(file, table), ...importViolations(file, table)]),
    ...indexViolations(files),
    ...cycles(permissions(table)).map((cycle) => `the table has a cycle: ${cycle.join(' → ')}`),
    ...cycles(actualImports(files)).map((cycle) => `modules import each other in a cycle: ${cycle.join(' → ')}`),
    ...fileCycles(files).map((cycle) => `files import each other in a cycle: ${cycle.join(' → ')}`),
  ];
}

/** Returns the modules that each module's own code (tests apart) imports besides `kit`, in alphabetical order. */
export function actualImports(files: readonly SourceFile[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const file of files) {
    const module = moduleOf(file.path);
    if (module === undefined) continue;
    const modules = found.get(module) ?? new Set<string>();
    found.set(module, modules);
    if (isTest(file.path)) continue;
    for (const specifier of importsOf(file.text)) {
      const other = moduleOf(resolveImport(file.path, specifier));
      if (other !== undefined && other !== module && other !== 'kit') modules.add(other);
    }
  }
  return new Map([...found].map(([module, modules]) => [module, [...modules].toSorted()]));
}

/** Reads the rows of the Markdown table whose first cell is a module: what it may import, and what it imports now. */
export function readImportTable(markdown: string): {
  allowed: ImportTable;
  now: ReadonlyMap<string, readonly string[]>;
} {
  const rows = [...markdown.matchAll(/^\| `src\/([\w-]+)` \|([^|]*)\|([^|]*)\|([^|]*)\|$/gm)];
  const allowed = rows.map(([, module, , cell]) => [module as string, readCell(cell as string)] as const);
  const now = rows.map(([, module, , , cell]) => [module as string, readCell(cell as string)] as const);
  return { allowed: Object.fromEntries(allowed), now: new Map(now as [string, readonly string[]][]) };
}

function readCell(cell: string): readonly string[] | 'every module' {
  const text = cell.trim();
  if (text === 'every module') return text;
  return text === 'nothing' ? [] : text.split(', ').map((module) => module.replaceAll('`', ''));
}

function fileViolations({ path, text }: SourceFile, table: ImportTable): readonly string[] {
  const found: string[] = [];
  const name = posix.basename(path);
  const lines = text.trimEnd().split('\n').length;
  const module = moduleOf(path);
  if (lines > mostLines) found.push(`${path} has ${lines} lines; the most is ${mostLines}`);
  if (vagueNames.test(name)) found.push(`${path}: a file is named for what it holds, not \`${name}\``);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|contract))?\.ts$/.test(name)) found.push(`${path}: file names are kebab-case`);
  if (module === undefined) found.push(`${path} is in no module`);
  else if (table[module] === undefined) found.push(`${path}: the table has no module \`${module}\``);
  return found;
}

function importViolations(file: SourceFile, table: ImportTable): readonly string[] {
  const module = moduleOf(file.path) ?? '';
  return importsOf(file.text).flatMap((specifier) => {
    if (specifier === '*') return [`${file.path} imports a computed name, which no test can follow`];
    if (!specifier.startsWith('.')) {
      if (processModules.test(specifier) && !isTest(file.path) && !processStarters.test(file.path))
        return [`${file.path} imports \`${specifier}\`: programs are started by \`src/kit/programs/spawn-program.ts\``];
      const isIo = modulesWithoutIo.has(module) && !isTest(file.path) && ioModules.test(specifier);
      return isIo ? [`${file.path} imports \`${specifier}\`: \`${module}\` does no input or output`] : [];
    }
    return crossing(file.path, resolveImport(file.path, specifier), table);
  });
}

/** Returns what is wrong with a relative import. Tests may import every module, but its index file too. */
function crossing(from: string, to: string, table: ImportTable): readonly string[] {
  const module = moduleOf(from) ?? '';
  const other = moduleOf(to);
  if (other === undefined) {
    const isFine = to === 'package.json' || (isTest(from) && to.startsWith('test/'));
    return isFine ? [] : [`${from} imports ${to}, which is in no module`];
  }
  if (other === module) return [];
  const found: string[] = [];
  if (to !== `src/${other}/index.ts`) found.push(`${from} imports ${to}: other modules import index.ts`);
  const allowed = table[module] ?? [];
  const isAllowed = isTest(from) || other === 'kit' || allowed === 'every module' || allowed.includes(other);
  if (!isAllowed || module === 'kit') found.push(`${from} imports \`${other}\`, which \`${module}\` may not`);
  return found;
}

function indexViolations(files: readonly SourceFile[]): readonly string[] {
  const modules = new Set(files.map((file) => moduleOf(file.path)).filter((module) => module !== undefined));
  return [...modules].flatMap((module) => {
    const index = files.find((file) => file.path === `src/${module}/index.ts`);
    if (index === undefined) return [`\`${module}\` has no index.ts`];
    const comment =
      /^\/\*\*([\s\S]*?)\*\//
        .exec(index.text)?.[1]
        ?.replaceAll(/\s*\n \*\s*/g, ' ')
        .trim() ?? '';
    if (comment.length >= leastDocumentation) return [];
    return [`${index.path} must open with a paragraph that states what the module is for and what it is not`];
  });
}

function permissions(table: ImportTable): ReadonlyMap<string, readonly string[]> {
  const modules = Object.keys(table);
  return new Map(modules.map((module) => [module, allowedBy(table, module)]));
}

function allowedBy(table: ImportTable, module: string): readonly string[] {
  const allowed = table[module] ?? [];
  return allowed === 'every module' ? Object.keys(table).filter((other) => other !== module) : allowed;
}
