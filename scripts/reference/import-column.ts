import { actualImports, importTable, noCode, readSources } from '../../test/support/architecture.ts';

/** `docs/architecture.md` with the last column of its table saying what each room imports now. */
export function writeImportColumn(markdown: string): string {
  const now = actualImports(readSources());
  return markdown.replace(/^(\| `src\/([\w-]+)` \|[^|]*\|[^|]*\|)[^|]*\|$/gm, (_row, head: string, room: string) => {
    return `${head} ${describe(room, now.get(room))} |`;
  });
}

function describe(room: string, imports: readonly string[] | undefined): string {
  if (importTable[room] === 'every room') return 'every room';
  if (imports === undefined) return noCode;
  return imports.length === 0 ? 'nothing' : imports.map((other) => `\`${other}\``).join(', ');
}
