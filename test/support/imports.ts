import { codeOf } from './source-files.ts';

/** Returns the names in `import … from`, `export … from`, `import '…'` and `import('…')`; `*` for a computed one. */
export function importsOf(text: string): readonly string[] {
  const code = codeOf(text);
  const statements = code.matchAll(/^\s*(?:import|export)\b(?:[^'"`;=()]*?\bfrom)?\s*(['"])(.+?)\1/gm);
  const calls = code.matchAll(/\bimport\(\s*(?:(['"])(.+?)\1|[^\s])/g);
  return [...[...statements].map((match) => match[2] as string), ...[...calls].map((match) => match[2] ?? '*')];
}
