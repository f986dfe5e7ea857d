import type { PipelineContext } from '../../src/gitlab/index.ts';

/** A configuration that would take hours, or all memory, if what it asks for were done. */
export interface HostilePipeline {
  readonly name: string;
  readonly text: () => string;
  readonly context?: () => Partial<PipelineContext>;
  /** Code of the error that it ends in. */
  readonly code: string;
}

const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');
const list = (count: number, item: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => item(index)).join(', ');

function bomb(first: string, level: (below: string) => string): string {
  return `.a0: &a0 ${first}\n${lines(40, (index) => `.a${index + 1}: &a${index + 1} ${level(`*a${index}`)}`)}\n`;
}

/** Variables each twice as long as the one before, up to a million characters in `V17`. */
const doubling = `variables:\n  V0: xxxxxxxx\n${lines(17, (index) => `  V${index + 1}: $V${index}$V${index}`)}\n`;
const jobs = (count: number, body: string) => lines(count, (index) => `j${index}: ${body}`);
const manyFiles = Array.from({ length: 900 }, (_, index) => `${'a'.repeat(200)}${index}`);

function tower(levels: number, each: number): Readonly<Record<string, string>> {
  const level = (index: number) => `include: [${list(each, () => `l${index + 1}.yml`)}]\nj: {script: x}`;
  const below = Object.fromEntries(Array.from({ length: levels }, (_, index) => [`l${index}.yml`, level(index)]));
  return { ...below, [`l${levels}.yml`]: 'j: {script: x}' };
}

export const hostilePipelines: readonly HostilePipeline[] = [
  {
    name: 'a bomb of lists',
    text: () => `${bomb('[x]', (it) => `[${it}, ${it}]`)}j: {script: *a40}\n`,
    code: 'GITLAB_TOO_LARGE',
  },
  {
    name: 'a bomb of mappings',
    text: () => `${bomb('{k: v}', (it) => `{l: ${it}, r: ${it}}`)}j: {script: x, variables: *a40}\n`,
    code: 'GITLAB_TOO_LARGE',
  },
  {
    name: 'a bomb of merge keys',
    text: () => `.t: &t {${list(5000, (index) => `k${index}: v`)}}\n${jobs(2000, '{<<: *t, script: x}')}`,
    code: 'GITLAB_YAML_INVALID',
  },
  {
    name: 'a bomb of references',
    text: () =>
      `.r0: {script: [x]}\n${lines(9, (index) => `.r${index + 1}: {script: [${list(20, () => `!reference [.r${index}, script]`)}]}`)}\nj: {script: [!reference [.r9, script]]}`,
    code: 'GITLAB_TOO_LARGE',
  },
  { name: 'a value that contains itself', text: () => 'j: {script: &a [*a]}', code: 'GITLAB_TOO_LARGE' },
  {
    name: 'ten thousand brackets, one in the other',
    text: () => `j: {script: ${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
    code: 'GITLAB_YAML_INVALID',
  },
  {
    name: 'twenty thousand lists, one in the other by aliases',
    text: () =>
      `.c0: &c0 [x]\n${lines(20_000, (index) => `.c${index + 1}: &c${index + 1} [*c${index}]`)}\nj: {script: *c20000}`,
    code: 'GITLAB_TOO_LARGE',
  },
  { name: '200 MB of text', text: () => 'a'.repeat(200_000_000), code: 'GITLAB_TOO_LARGE' },
  {
    name: 'a million nodes in a list',
    text: () => `j: {script: [${'x,'.repeat(1_000_000)}]}`,
    code: 'GITLAB_TOO_LARGE',
  },
  {
    name: 'a million nodes on lines',
    text: () => `j: {script: x}\nv:\n${'  - x\n'.repeat(1_000_000)}`,
    code: 'GITLAB_TOO_LARGE',
  },
  { name: 'sixty thousand jobs', text: () => jobs(60_000, '{script: x}'), code: 'GITLAB_TOO_LARGE' },
  {
    name: 'a circle of 5,000 templates',
    text: () => lines(5000, (index) => `j${index}: {script: x, extends: j${(index + 1) % 5000}}`),
    code: 'GITLAB_EXTENDS_TOO_DEEP',
  },
  {
    name: 'a circle of 5,000 needs',
    text: () => lines(5000, (index) => `j${index}: {script: x, needs: [j${(index + 1) % 5000}]}`),
    code: 'GITLAB_NEEDS_CYCLE',
  },
  {
    name: 'a template of 5,000 variables, extended 5,000 times',
    text: () =>
      `.t: {variables: {${list(5000, (index) => `V${index}: v`)}}}\n${jobs(5000, '{extends: .t, script: x, variables: {A: b}}')}`,
    code: 'GITLAB_TOO_LARGE',
  },
  {
    name: 'as many global variables as jobs',
    text: () =>
      `variables: {${list(20_000, (index) => `V${index}: v`)}}\n${jobs(20_000, '{script: x, variables: {A: b}}')}`,
    code: 'GITLAB_TOO_LARGE',
  },
  {
    name: 'a list of 5,000 needs in 4,000 jobs',
    text: () =>
      `.n: &n [${list(5000, (index) => `j${index}`)}]\n${jobs(5000, '{script: x}')}\n${lines(4000, (index) => `k${index}: {script: x, needs: *n}`)}`,
    code: 'GITLAB_TOO_LARGE',
  },
  {
    name: 'needs of parallel jobs',
    text: () =>
      `.n: &n [${list(50, (index) => `p${index}`)}]\n${lines(50, (index) => `p${index}: {script: x, parallel: 200}`)}\n${lines(9000, (index) => `k${index}: {script: x, needs: *n}`)}`,
    code: 'GITLAB_TOO_LARGE',
  },
  {
    name: 'needs and dependencies of each other’s number',
    text: () =>
      `.n: &n [${list(4000, (index) => `j${index}`)}]\n${jobs(4000, '{script: x}')}\n${lines(1000, (index) => `k${index}: {script: x, needs: *n, dependencies: *n}`)}`,
    code: 'GITLAB_TOO_LARGE',
  },
  {
    name: 'a list of 1,000 rules in 10,000 jobs',
    text: () => `.r: &r [${list(1000, () => '{if: $A}')}]\n${jobs(10_000, '{script: x, rules: *r}')}`,
    code: 'GITLAB_TOO_LARGE',
  },
  {
    name: 'a matrix of very many variables',
    text: () => `j: {script: x, parallel: {matrix: [{${list(40_000, (index) => `V${index}: v`)}}]}}`,
    code: 'GITLAB_VALUE_INVALID',
  },
  {
    name: 'variables that grow, in tags',
    text: () => `${doubling}.t: &t [${list(50, () => '$V17')}]\n${jobs(5000, '{script: x, tags: *t}')}`,
    code: 'GITLAB_TOO_LARGE',
  },
  {
    name: 'a tag of very many references to a long variable',
    text: () =>
      `variables: {V: ${'x'.repeat(1_000_000)}}\n${jobs(10, `{script: x, tags: ["${'$V'.repeat(10_000)}"]}`)}`,
    code: 'GITLAB_TOO_LARGE',
  },
  {
    name: 'patterns that backtrack elsewhere, many times over',
    text: () =>
      `.r: &r [${list(300, (index) => `{if: "$V =~ /^(a+)+(a|aa)+${index}$/"}`)}]\n${jobs(100, '{script: x, rules: *r}')}`,
    code: 'GITLAB_TOO_LARGE',
  },
  {
    name: 'patterns of paths that branch, over many files',
    text: () =>
      `.r: &r [${list(50, (index) => `{exists: ["${'*a'.repeat(200)}${index}c"]}`)}]\n${jobs(100, '{script: x, rules: *r}')}`,
    context: () => ({ listFiles: () => manyFiles }),
    code: 'GITLAB_TOO_LARGE',
  },
  {
    name: 'an expression of very many parentheses',
    text: () => `j: {script: x, rules: [{if: "${'('.repeat(4000)}$A${')'.repeat(4000)}"}]}`,
    code: 'GITLAB_EXPRESSION_INVALID',
  },
  {
    name: 'an expression of very many parts',
    text: () => `j: {script: x, rules: [{if: "${list(100_000, () => '$A').replaceAll(',', ' &&')}"}]}`,
    code: 'GITLAB_EXPRESSION_INVALID',
  },
  {
    name: 'files that include many others, ten levels deep',
    text: () => 'include: l0.yml',
    context: () => ({ readFile: (path) => tower(10, 20)[path] }),
    code: 'GITLAB_TOO_LARGE',
  },
  {
    name: 'inputs that grow when they are put in',
    text: () =>
      `spec: {inputs: {x: {default: ${'y'.repeat(1000)}}}}\n---\nj: {script: "${'$[[ inputs.x ]]'.repeat(50_000)}"}`,
    code: 'GITLAB_INTERPOLATION_INVALID',
  },
  {
    name: 'stages that no job has, reported for each job',
    text: () => `stages: [${list(40_000, (index) => `stage${index}`)}]\n${jobs(5000, '{script: x, stage: other}')}`,
    code: 'GITLAB_STAGE_UNKNOWN',
  },
  {
    name: 'faults at the end of a long mapping',
    text: () => `j: {script: x, variables: {${list(40_000, (index) => `V${index}: ${index < 39_000 ? 'v' : '[]'}`)}}}`,
    code: 'GITLAB_VALUE_INVALID',
  },
];
