import { actualImports, importTable, noCode } from '../../test/support/architecture.ts';
import { readSources } from '../../test/support/source-files.ts';

/** Writes the last column of the table in `docs/architecture.md`: what each module imports now. */
export function writeImportColumn(markdown: string): string {
  const now = actualImports(readSources());
  return markdown.replace(/^(\| `src\/([\w-]+)` \|[^|]*\|[^|]*\|)[^|]*\|$/gm, (_row, head: string, module: string) => {
    return `${head} ${describe(module, now.get(module))} |`;
  });
}

function describe(module: string, imports: readonly string[] | undefined): string {
  if (importTable[module] === 'every module') return 'every module';
  if (imports === undefined) return noCode;
  return imports.length === 0 ? 'nothing' : imports.map((other) => `\`${other}\``).join(', ');
}
