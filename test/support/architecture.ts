import { readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface SourceFile {
  /** From the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** For each room, the rooms that it may import besides `kit`. */
export type ImportTable = Readonly<Record<string, readonly string[] | 'every room'>>;

/** The design's table; `docs/architecture.md` prints the same, and a test compares the two. */
export const importTable: ImportTable = {
  kit: [],
  spack: [],
  gitlab: [],
  oci: [],
  protocol: [],
  forge: [],
  pipeline: ['gitlab'],
  store: ['pipeline', 'gitlab', 'coordinator'],
  mirror: ['spack', 'oci'],
  notary: ['spack', 'mirror'],
  builder: ['spack', 'mirror'],
  generate: ['spack', 'gitlab', 'mirror'],
  image: ['spack', 'oci', 'mirror'],
  executor: ['protocol'],
  'package-job': ['spack', 'gitlab', 'mirror', 'notary', 'builder', 'generate', 'report', 'protocol'],
  report: ['spack'],
  coordinator: ['forge', 'gitlab', 'pipeline', 'mirror', 'notary', 'image', 'report', 'spack'],
  client: ['protocol'],
  reproduce: ['forge', 'gitlab', 'protocol', 'spack', 'mirror', 'executor', 'coordinator', 'client'],
  server: [
    'coordinator',
    'pipeline',
    'store',
    'gitlab',
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
  ],
  cli: 'every room',
};

/** What the table's last column says of a room that has no files yet. */
export const noCode = 'no code yet';

const leastFiles = 50;
const mostLines = 400;
const leastDocumentation = 80;
const vagueNames = /^(utils?|helpers?|common|types)\.ts$/;
const roomsWithoutIo = new Set(['spack', 'pipeline']);
/** What starts programs: one module of the kit, and for now the shells of jobs. */
const processModules = /^(?:(?:node:)?child_process|execa)$/;
const processStarters = /^src\/(?:kit\/run-program\.ts$|(?:executor|reproduce|cli\/run|cli\/reproduce)\/)/;
const ioModules = /^(node:)?(fs|fs\/promises|child_process|net|http|https|dgram|tls|worker_threads)$|^(undici|execa)$/;

/** Every breach of the rules of the house, as sentences; an empty list means that all is well. */
export function findViolations(files: readonly SourceFile[], table: ImportTable): readonly string[] {
  const few =
    files.length > leastFiles ? [] : [`saw only ${files.length} files; there must be more than ${leastFiles}`];
  return [
    ...few,
    ...files.flatMap((file) => [...fileViolations(file, table), ...importViolations(file, table)]),
    ...doorViolations(files),
    ...cycles(permissions(table)).map((cycle) => `the table has a cycle: ${cycle.join(' → ')}`),
    ...cycles(actualImports(files)).map((cycle) => `rooms import each other in a circle: ${cycle.join(' → ')}`),
  ];
}

/** The rooms that each room's own code (tests apart) imports besides `kit`, in alphabetical order. */
export function actualImports(files: readonly SourceFile[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const file of files) {
    const room = roomOf(file.path);
    if (room === undefined) continue;
    const rooms = found.get(room) ?? new Set<string>();
    found.set(room, rooms);
    if (isTest(file.path)) continue;
    for (const specifier of importsOf(file.text)) {
      const other = roomOf(resolveImport(file.path, specifier));
      if (other !== undefined && other !== room && other !== 'kit') rooms.add(other);
    }
  }
  return new Map([...found].map(([room, rooms]) => [room, [...rooms].toSorted()]));
}

/** The module names in `import … from`, `export … from`, `import '…'` and `import('…')`; `*` for a computed one. */
export function importsOf(text: string): readonly string[] {
  const code = text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/^\s*\/\/.*$/gm, '');
  const statements = code.matchAll(/^\s*(?:import|export)\b(?:[^'"`;=()]*?\bfrom)?\s*(['"])(.+?)\1/gm);
  const calls = code.matchAll(/\bimport\(\s*(?:(['"])(.+?)\1|[^\s])/g);
  return [...[...statements].map((match) => match[2] as string), ...[...calls].map((match) => match[2] ?? '*')];
}

/** Reads the rows of the Markdown table whose first cell is a room: what it may import, and what it imports now. */
export function readImportTable(markdown: string): {
  allowed: ImportTable;
  now: ReadonlyMap<string, readonly string[]>;
} {
  const rows = [...markdown.matchAll(/^\| `src\/([\w-]+)` \|([^|]*)\|([^|]*)\|([^|]*)\|$/gm)];
  const allowed = rows.map(([, room, , cell]) => [room as string, readCell(cell as string)] as const);
  const now = rows.map(([, room, , , cell]) => [room as string, readCell(cell as string)] as const);
  return { allowed: Object.fromEntries(allowed), now: new Map(now as [string, readonly string[]][]) };
}

/** The TypeScript files under `src/`. */
export function readSources(root: string = fileURLToPath(new URL('../..', import.meta.url))): readonly SourceFile[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .toSorted()
    .map((path) => ({ path: `src/${path}`, text: readFileSync(join(root, 'src', path), 'utf8') }));
}

function readCell(cell: string): readonly string[] | 'every room' {
  const text = cell.trim();
  if (text === 'every room') return text;
  return text === 'nothing' ? [] : text.split(', ').map((room) => room.replaceAll('`', ''));
}

function fileViolations({ path, text }: SourceFile, table: ImportTable): readonly string[] {
  const found: string[] = [];
  const name = posix.basename(path);
  const lines = text.trimEnd().split('\n').length;
  const room = roomOf(path);
  if (lines > mostLines) found.push(`${path} has ${lines} lines; the most is ${mostLines}`);
  if (vagueNames.test(name)) found.push(`${path}: a file is named for what it holds, not \`${name}\``);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|contract))?\.ts$/.test(name)) found.push(`${path}: file names are kebab-case`);
  if (room === undefined) found.push(`${path} is in no room`);
  else if (table[room] === undefined) found.push(`${path}: the table has no room \`${room}\``);
  return found;
}

function importViolations(file: SourceFile, table: ImportTable): readonly string[] {
  const room = roomOf(file.path) ?? '';
  return importsOf(file.text).flatMap((specifier) => {
    if (specifier === '*') return [`${file.path} imports a computed name, which no test can follow`];
    if (!specifier.startsWith('.')) {
      if (processModules.test(specifier) && !isTest(file.path) && !processStarters.test(file.path))
        return [`${file.path} imports \`${specifier}\`: programs are started by \`src/kit/run-program.ts\``];
      const isIo = roomsWithoutIo.has(room) && !isTest(file.path) && ioModules.test(specifier);
      return isIo ? [`${file.path} imports \`${specifier}\`: \`${room}\` does no input or output`] : [];
    }
    return crossing(file.path, resolveImport(file.path, specifier), table);
  });
}

/** What is wrong with one relative import, given both ends. Tests may use every room, but through its door too. */
function crossing(from: string, to: string, table: ImportTable): readonly string[] {
  const room = roomOf(from) ?? '';
  const other = roomOf(to);
  if (other === undefined) {
    const isFine = to === 'package.json' || (isTest(from) && to.startsWith('test/'));
    return isFine ? [] : [`${from} imports ${to}, which is outside the rooms`];
  }
  if (other === room) return [];
  const found: string[] = [];
  if (to !== `src/${other}/index.ts`) found.push(`${from} imports ${to}: other rooms enter by index.ts`);
  const allowed = table[room] ?? [];
  const isAllowed = isTest(from) || other === 'kit' || allowed === 'every room' || allowed.includes(other);
  if (!isAllowed || room === 'kit') found.push(`${from} imports \`${other}\`, which \`${room}\` may not`);
  return found;
}

function doorViolations(files: readonly SourceFile[]): readonly string[] {
  const rooms = new Set(files.map((file) => roomOf(file.path)).filter((room) => room !== undefined));
  return [...rooms].flatMap((room) => {
    const door = files.find((file) => file.path === `src/${room}/index.ts`);
    if (door === undefined) return [`\`${room}\` has no index.ts`];
    const comment =
      /^\/\*\*([\s\S]*?)\*\//
        .exec(door.text)?.[1]
        ?.replaceAll(/\s*\n \*\s*/g, ' ')
        .trim() ?? '';
    if (comment.length >= leastDocumentation) return [];
    return [`${door.path} must open with a paragraph that says what the room is for and what it is not`];
  });
}

function permissions(table: ImportTable): ReadonlyMap<string, readonly string[]> {
  const rooms = Object.keys(table);
  return new Map(rooms.map((room) => [room, allowedBy(table, room)]));
}

function allowedBy(table: ImportTable, room: string): readonly string[] {
  const allowed = table[room] ?? [];
  return allowed === 'every room' ? Object.keys(table).filter((other) => other !== room) : allowed;
}

/** Each circle in the graph, told from the room where a walk first closed it. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const done = new Set<string>();
  const found: string[][] = [];
  const walk = (room: string, trail: readonly string[]): void => {
    if (trail.includes(room)) {
      found.push([...trail.slice(trail.indexOf(room)), room]);
      return;
    }
    if (done.has(room)) return;
    for (const other of graph.get(room) ?? []) walk(other, [...trail, room]);
    done.add(room);
  };
  for (const room of graph.keys()) walk(room, []);
  return found;
}

function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\/.+/.exec(path)?.[1];
}

function resolveImport(from: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : specifier;
}

function isTest(path: string): boolean {
  return /\.(test|contract)\.ts$/.test(path);
}
