import { describe, expect, test } from 'vitest';
import { readPipeline } from './read-pipeline.ts';
import type { PipelineContext } from './pipeline-plan.ts';

function codesOf(text: string, limits: PipelineContext['limits'] = {}): readonly string[] {
  return readPipeline(text, 'ci.yml', {
    variables: { V: `${'a'.repeat(5000)}b` },
    source: 'push',
    limits,
  }).diagnostics.map((one) => one.code);
}

function bomb(first: string, level: (name: string) => string): string {
  const lines = [`.a0: &a0 ${first}`];
  for (let index = 1; index <= 40; index += 1) lines.push(`.a${index}: &a${index} ${level(`*a${index - 1}`)}`);
  return lines.join('\n');
}

// Each of these would take hours, or all memory, if anything were written out; that they end at all is the test.
describe('hostile pipelines', () => {
  test('a bomb of lists is refused', () => {
    expect(codesOf(`${bomb('[x]', (it) => `[${it}, ${it}]`)}\nj: {script: *a40}\n`)).toEqual(['GITLAB_TOO_LARGE']);
  });

  test('a bomb of mappings is refused', () => {
    expect(codesOf(`${bomb('{k: v}', (it) => `{l: ${it}, r: ${it}}`)}\nj: {script: x, variables: *a40}\n`)).toEqual([
      'GITLAB_TOO_LARGE',
    ]);
  });

  test('a bomb of references is refused', () => {
    const level = (index: number) =>
      `.r${index}: {script: [${Array(20)
        .fill(`!reference [.r${index - 1}, script]`)
        .join(', ')}]}`;
    const lines = [
      '.r0: {script: [x]}',
      ...Array.from({ length: 9 }, (_, index) => level(index + 1)),
      'j: {script: [!reference [.r9, script]]}',
    ];
    expect(codesOf(lines.join('\n'))).toEqual(['GITLAB_TOO_LARGE']);
  });

  test('a value that contains itself is refused', () => {
    expect(codesOf('j: {script: &a [*a]}')).toEqual(['GITLAB_TOO_LARGE']);
  });

  test('deep nesting is refused, written or by aliases', () => {
    expect(codesOf(`j: {script: ${'['.repeat(10_000)}${']'.repeat(10_000)}}`)).toEqual(['GITLAB_YAML_INVALID']);
    const chain = (length: number) =>
      Array.from({ length }, (_, index) => `.c${index + 1}: &c${index + 1} [*c${index}]`);
    expect(codesOf(['.c0: &c0 [x]', ...chain(500), 'j: {script: *c500}'].join('\n'))).toEqual(['GITLAB_VALUE_INVALID']);
    expect(codesOf(['.c0: &c0 [x]', ...chain(20_000), 'j: {script: *c20000}'].join('\n'))).toEqual([
      'GITLAB_TOO_LARGE',
    ]);
  });

  test('limits of text and jobs hold', () => {
    expect(codesOf('j: {script: x}', { maxLength: 5 })).toEqual(['GITLAB_TOO_LARGE']);
    expect(codesOf('a: {script: x}\nb: {script: x}', { maxJobs: 1 })).toEqual(['GITLAB_TOO_LARGE']);
    expect(codesOf('a: {script: x, parallel: 200}', { maxJobs: 100 })).toEqual(['GITLAB_TOO_LARGE']);
  });

  test('a text of 200 MB is refused before it is looked at', () => {
    expect(codesOf('a'.repeat(200_000_000))).toEqual(['GITLAB_TOO_LARGE']);
  });

  test('a million nodes are refused, in a list or as keys', () => {
    expect(codesOf(`j: {script: [${'x,'.repeat(1_000_000)}]}`)).toEqual(['GITLAB_TOO_LARGE']);
    const keys = Array.from({ length: 60_000 }, (_, index) => `k${index}: {script: x}`);
    expect(codesOf(keys.join('\n'))).toEqual(['GITLAB_TOO_LARGE']);
  });

  test('very many faults are counted, and the first told', () => {
    const jobs = Array.from({ length: 5000 }, (_, index) => `j${index}: {script: x, needs: [none], retry: 9}`);
    const { diagnostics } = readPipeline(jobs.join('\n'), 'ci.yml', { variables: {}, source: 'push' });
    expect(diagnostics).toHaveLength(501);
    expect(diagnostics.at(-1)).toMatchObject({ code: 'GITLAB_MORE_FAULTS', message: '9500 more are not shown' });
  });

  test('long circles of templates and needs are told once', () => {
    const ring = (keyword: (other: string) => string) =>
      Array.from({ length: 5000 }, (_, index) => `j${index}: {script: x, ${keyword(`j${(index + 1) % 5000}`)}}`);
    expect(codesOf(ring((other) => `needs: [${other}]`).join('\n'))).toEqual(['GITLAB_NEEDS_CYCLE']);
    expect(codesOf(ring((other) => `extends: ${other}`).join('\n'))).toContain('GITLAB_EXTENDS_CYCLE');
  });

  test('files that include many others are refused, as are patterns of paths that branch without end', () => {
    const read = (text: string, files: Readonly<Record<string, string>>) =>
      readPipeline(text, 'ci.yml', {
        variables: {},
        source: 'push',
        readFile: (path) => files[path],
        changedPaths: () => [`${'a'.repeat(5000)}b`],
      }).diagnostics.map(({ code }) => code);
    const level = (index: number) =>
      `include: [${Array(20)
        .fill(`l${index + 1}.yml`)
        .join(', ')}]\nj: {script: x}`;
    const tower = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`l${index}.yml`, level(index)]));
    expect(read('include: l0.yml', { ...tower, 'l10.yml': 'j: {script: x}' })).toEqual(['GITLAB_TOO_LARGE']);
    expect(read(`j: {script: x, rules: [{changes: ["${'*a'.repeat(200)}c"]}, {when: always}]}`, {})).toEqual([]);
    expect(read(`j: {script: x, rules: [{changes: ["${'{a,'.repeat(300)}"]}, {when: always}]}`, {})).toEqual([]);
  });

  test('inputs that grow when they are put in are refused', () => {
    const blocks = '$[[ inputs.x ]]'.repeat(50_000);
    const header = `spec: {inputs: {x: {default: ${'y'.repeat(1000)}}}}\n---\n`;
    expect(codesOf(`${header}j: {script: "${blocks}"}`)).toEqual(['GITLAB_INTERPOLATION_INVALID']);
    expect(codesOf(`${header}j: {script: &a ["$[[ inputs.x ]]", *a]}`)).toEqual(['GITLAB_TOO_LARGE']);
  });

  test('a pattern that backtracks elsewhere is matched in linear time', () => {
    expect(codesOf('j: {script: x, rules: [{if: "$V =~ /^(a+)+(a|aa)+$/"}, {when: on_success}]}')).toEqual([]);
  });

  test('a job named like a part of every object is a job', () => {
    const { plan } = readPipeline('constructor: {script: x}\ntoString: {script: x, needs: [constructor]}', 'ci.yml', {
      variables: {},
      source: 'push',
    });
    expect(plan?.jobs.map((job) => job.name)).toEqual(['constructor', 'toString']);
    expect(codesOf('__proto__: {script: x}')).toContain('GITLAB_VALUE_INVALID');
  });

  test('broken YAML is told with its place', () => {
    const { diagnostics } = readPipeline('a: 1\nb: 2\n c: 3\n', 'ci.yml', { variables: {}, source: 'push' });
    expect(diagnostics).toMatchObject([{ code: 'GITLAB_YAML_INVALID', file: 'ci.yml', line: 3 }]);
    expect(codesOf('')).toEqual(['GITLAB_YAML_INVALID']);
    expect(codesOf('- a')).toEqual(['GITLAB_VALUE_INVALID']);
    expect(codesOf('.a: {}')).toEqual(['GITLAB_NO_JOBS']);
  });
});
