import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';

/** `env.NAME`, `env['NAME']`, and functions that read the variable whose name they get. */
const reads = [
  /\b(?:env|environment|variables|own)\b(?:\?\.|\.|(?:\?\.)?\[['"])([A-Z][A-Z0-9_]*|https_proxy)\b(?!\()/g,
  /\b(?:lookup|folder|isSet|variableOf)\((?:\w+, )?'([A-Z][A-Z0-9_]*)'/g,
  /\b(SLIPWAY_[A-Z0-9_]*[A-Z0-9])\b/g,
];
/** `const { NAME: value = '', OTHER } = env` */
const destructured = /\{([^{}]*)\}(?::[^=;{}]*)? = (?:[\w.]*\b)?(?:env|environment|variables)\b/g;

/** Returns the variables that the sources read, each with the modules that do. Comments do not count. */
export function readVariables(root: string): ReadonlyMap<string, ReadonlySet<string>> {
  const { stdout } = execaSync('git', ['ls-files', '-co', '--exclude-standard', 'src', 'bin/*.js'], { cwd: root });
  const found = new Map<string, Set<string>>();
  for (const path of stdout.split('\n').filter((name) => /\.(?:ts|js)$/.test(name) && !name.endsWith('.test.ts'))) {
    const [first = '', second = ''] = path.split('/');
    for (const name of variablesOf(readFileSync(join(root, path), 'utf8'))) {
      const modules = found.get(name) ?? new Set();
      found.set(name, modules.add(first === 'src' ? second : first));
    }
  }
  return found;
}

/** Returns the names of the variables that a source file reads. */
export function variablesOf(source: string): ReadonlySet<string> {
  const code = source.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  const direct = reads.flatMap((pattern) => [...code.matchAll(pattern)].map(([, name = '']) => name));
  const named = [...code.matchAll(destructured)].flatMap(([, names = '']) =>
    [...names.matchAll(/(?:^|,)\s*([A-Z][A-Z0-9_]*)\b/g)].map(([, name = '']) => name),
  );
  return new Set([...direct, ...named]);
}
