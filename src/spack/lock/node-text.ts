import { compareText } from '../../kit/index.ts';
import { isFlagName } from '../spec/spec.ts';
import type { ParameterValue, SpecNode } from './node.ts';

/** `linux-debian12-x86_64_v3`. */
export function architectureText({ arch }: SpecNode): string {
  const target = typeof arch.target === 'string' ? arch.target : arch.target.name;
  return `${arch.platform}-${arch.platform_os}-${target}`;
}

/**
 * A node's variants as Spack prints them: `+pic~ipo build_type=Release libs=shared,static`. Spack 1.x marks lists of
 * values as whole (`libs:=shared,static`); it does so for nodes without a compiler of their own (format 5 and later).
 */
export function variantsText({ parameters, compiler }: SpecNode): string {
  const variants = Object.entries(parameters)
    .filter(([name]) => !isFlagName(name))
    .toSorted(([a], [b]) => compareText(a, b));
  const switches = variants.filter(([, value]) => typeof value === 'boolean');
  const others = variants.filter(([, value]) => typeof value !== 'boolean');
  const sign = compiler === undefined ? ':=' : '=';
  return [
    switches.map(([name, value]) => (value === true ? '+' : '~') + name).join(''),
    ...others.map(([name, value]) => `${name}${Array.isArray(value) ? sign : '='}${valueText(name, value)}`),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** The compiler: its own up to format 4, from then on the dependency that gives `c`, `cxx` or `fortran`. */
export function compilerOf(
  node: SpecNode,
  nodes: ReadonlyMap<string, SpecNode>,
): Pick<SpecNode, 'name' | 'version'> | undefined {
  if (node.compiler !== undefined) return node.compiler;
  return ['c', 'cxx', 'fortran']
    .map((language) => node.dependencies?.find(({ parameters }) => parameters.virtuals.includes(language)))
    .map((edge) => nodes.get(edge?.hash ?? ''))
    .find((found) => found !== undefined);
}

/** Patches are known by the first seven characters of their digests. */
function valueText(name: string, value: ParameterValue): string {
  const values = [value].flat().map((one) => (name === 'patches' ? String(one).slice(0, 7) : String(one)));
  const text = values.join(',');
  if (/^[a-zA-Z0-9,/_.\-[\]]+$/.test(text)) return text;
  return text.includes("'") ? JSON.stringify(text) : `'${text}'`;
}

/** Returns `name@version /hash7`, as messages name a package. */
export function packageTitle({ name, version, hash }: Pick<SpecNode, 'name' | 'version' | 'hash'>): string {
  return `${name}@${version} /${hash.slice(0, 7)}`;
}
