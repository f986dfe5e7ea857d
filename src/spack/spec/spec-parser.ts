import { hasCode } from '../../kit/index.ts';
import type { DependencyType } from '../lock/node.ts';
import { compilerPackage } from './compiler-names.ts';
import { formatSpec, type AbstractSpec, type SpecEdge } from './spec.ts';
import { joinEdges } from './spec-constrain.ts';
import { SpecBuilder, type EdgeProperties } from './spec-builder.ts';
import { specTokens, syntaxError, valueOf, type SpecToken } from './spec-tokens.ts';

interface ParseSpecOptions {
  /**
   * Whom attributes after `%compiler@version` belong to: to the compiler (`direct`, Spack 1.0 and later, the default),
   * or to the package before it (`compiler`, up to Spack 0.23, as in the roots of its locks).
   */
  readonly percent?: 'direct' | 'compiler';
}

/** Reads exactly one spec, which may be without a name. Throws SPEC_SYNTAX with the position of the fault. */
export function parseSpec(text: string, options: ParseSpecOptions = {}): AbstractSpec {
  const reader: Reader = {
    text,
    tokens: specTokens(text, options.percent === 'compiler'),
    next: 0,
    percent: options.percent ?? 'direct',
  };
  if (reader.tokens.length === 0) throw syntaxError(text, 0, 'it is empty');
  const root = new SpecBuilder();
  readNode(reader, root);
  let current = root;
  for (let token = peek(reader); token !== undefined; token = peek(reader)) {
    if (token.kind !== 'edge' && token.kind !== 'edgeOpen') throw unexpected(reader, token);
    reader.next += 1;
    const edge = readEdge(reader, token);
    const builder = new SpecBuilder();
    if (readNode(reader, builder, edge.direct) === 0) {
      throw syntaxError(text, token.start, `nothing to depend on follows \`${token.text}\``);
    }
    (edge.direct ? current : root).addEdge(edge, builder);
    if (!edge.direct) current = builder;
    else if (reader.percent === 'compiler') readAttributes(reader, current);
  }
  return mergeEdges(text, root.build());
}

/** `x ^y@2 ^y+z` requires one `y` that is both. */
function mergeEdges(text: string, spec: AbstractSpec): AbstractSpec {
  if (spec.dependencies.length === 0) return spec;
  const edges = spec.dependencies.map((edge) => ({ ...edge, spec: mergeEdges(text, edge.spec) }));
  try {
    return { ...spec, dependencies: joinEdges([], edges) };
  } catch (error) {
    if (!hasCode(error, 'SPEC_CONFLICT')) throw error;
    throw syntaxError(text, 0, (error as Error).message);
  }
}

interface Reader {
  readonly text: string;
  readonly tokens: readonly SpecToken[];
  next: number;
  readonly percent: 'direct' | 'compiler';
}

function peek(reader: Reader): SpecToken | undefined {
  return reader.tokens[reader.next];
}

function unexpected({ text }: Reader, token: SpecToken): Error {
  if (token.kind === 'name') return syntaxError(text, token.start, `a second package name, \`${token.text}\``);
  return syntaxError(text, token.start, `unexpected \`${token.text}\``);
}

/** Reads a name and what belongs to it; returns how many tokens that were. */
function readNode(reader: Reader, builder: SpecBuilder, isDirect = false): number {
  const token = peek(reader);
  const start = reader.next;
  if (token?.kind === 'name') {
    reader.next += 1;
    const { name, namespace } = token.groups;
    builder.setName(isDirect ? compilerPackage(name) : name, namespace);
  }
  readAttributes(reader, builder, isDirect && reader.percent === 'compiler');
  return reader.next - start;
}

function readAttributes(reader: Reader, builder: SpecBuilder, onlyVersion = false): void {
  for (let token = peek(reader); token !== undefined; token = peek(reader)) {
    if (onlyVersion && token.kind !== 'version') return;
    if (!['version', 'switch', 'pair', 'hash'].includes(token.kind)) return;
    const fault = builder.addAttribute(token);
    if (fault !== undefined) throw syntaxError(reader.text, token.start, fault);
    reader.next += 1;
    if (onlyVersion) return;
  }
}

function readEdge(reader: Reader, token: SpecToken): EdgeProperties {
  const sigil = token.groups['sigil'] ?? '';
  const virtuals = token.groups['virtuals']?.split(',') ?? [];
  const base = { direct: sigil !== '^', propagate: sigil === '%%' };
  if (token.kind === 'edge') return { ...base, virtuals, deptypes: [] };
  return { ...base, ...readProperties(reader) };
}

function readProperties(reader: Reader): Pick<SpecEdge, 'virtuals' | 'deptypes' | 'when'> {
  const pairs = new Map<string, string>();
  for (let token = peek(reader); token !== undefined; token = peek(reader)) {
    reader.next += 1;
    if (token.kind === 'edgeClose') {
      const virtuals = [...split(pairs.get('virtuals')), ...split(token.groups['virtuals'])];
      const when = pairs.get('when');
      return {
        virtuals,
        deptypes: split(pairs.get('deptypes')) as DependencyType[],
        when: when === undefined ? undefined : formatSpec(parseSpec(when)),
      };
    }
    const fault = propertyFault(token);
    if (fault !== undefined) throw syntaxError(reader.text, token.start, fault);
    pairs.set(token.groups['key'] ?? '', valueOf(token));
  }
  throw syntaxError(reader.text, reader.text.length, 'the closing `]` is missing');
}

function propertyFault(token: SpecToken): string | undefined {
  const key = token.kind === 'pair' ? token.groups['key'] : undefined;
  if (key !== 'virtuals' && key !== 'deptypes' && key !== 'when') {
    return `\`${token.text}\` where only \`deptypes\`, \`virtuals\` and \`when\` can stand`;
  }
  const unknown =
    key === 'deptypes' && split(valueOf(token)).find((one) => !['build', 'link', 'run', 'test'].includes(one));
  return unknown ? `there is no dependency type \`${unknown}\`` : undefined;
}

function split(list: string | undefined): readonly string[] {
  return list === undefined || list === '' ? [] : list.split(',');
}
