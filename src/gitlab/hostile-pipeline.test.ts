import { describe, expect, test } from 'vitest';
import { hostilePipelines } from '../../test/support/hostile-pipelines.ts';
import { readPipeline } from './read-pipeline.ts';
import type { PipelineContext } from './pipeline-plan.ts';

function codesOf(text: string, limits: PipelineContext['limits'] = {}): readonly string[] {
  return readPipeline(text, 'ci.yml', {
    variables: { V: `${'a'.repeat(5000)}b` },
    source: 'push',
    limits,
  }).diagnostics.map((one) => one.code);
}

// Each of these would take hours, or all memory, if anything were written out; that they end at all is the test.
describe('hostile pipelines', () => {
  test.each(hostilePipelines)('$name: refused', ({ text, context, code }) => {
    const found = readPipeline(text(), 'ci.yml', {
      variables: { V: `${'a'.repeat(5000)}b` },
      source: 'push',
      ...context?.(),
    });
    expect(found.plan).toBeUndefined();
    expect(new Set(found.diagnostics.map((one) => one.code))).toContain(code);
    expect(found.diagnostics.length).toBeLessThanOrEqual(501);
    expect(Math.max(...found.diagnostics.map(({ message }) => message.length))).toBeLessThanOrEqual(2001);
  });

  test('nesting deeper than GitLab’s is refused, by aliases too', () => {
    const chain = (length: number) =>
      Array.from({ length }, (_, index) => `.c${index + 1}: &c${index + 1} [*c${index}]`);
    expect(codesOf(['.c0: &c0 [x]', ...chain(500), 'j: {script: *c500}'].join('\n'))).toEqual(['GITLAB_VALUE_INVALID']);
  });

  test('limits of text and jobs hold', () => {
    expect(codesOf('j: {script: x}', { maxLength: 5 })).toEqual(['GITLAB_TOO_LARGE']);
    expect(codesOf('a: {script: x}\nb: {script: x}', { maxJobs: 1 })).toEqual(['GITLAB_TOO_LARGE']);
    expect(codesOf('a: {script: x, parallel: 200}', { maxJobs: 100 })).toEqual(['GITLAB_TOO_LARGE']);
  });

  test('very many faults are counted, and the first reported', () => {
    const jobs = Array.from({ length: 5000 }, (_, index) => `j${index}: {script: x, needs: [none], retry: 9}`);
    const { diagnostics } = readPipeline(jobs.join('\n'), 'ci.yml', { variables: {}, source: 'push' });
    expect(diagnostics).toHaveLength(501);
    expect(diagnostics.at(-1)).toMatchObject({
      code: 'GITLAB_MORE_FAULTS',
      message: '9500 more faults are not shown.',
    });
  });

  test('patterns of paths that branch without end match nothing', () => {
    const read = (text: string) =>
      readPipeline(text, 'ci.yml', {
        variables: {},
        source: 'push',
        changedPaths: () => [`${'a'.repeat(5000)}b`],
      }).diagnostics.map(({ code }) => code);
    expect(read(`j: {script: x, rules: [{changes: ["${'*a'.repeat(200)}c"]}, {when: always}]}`)).toEqual([]);
    expect(read(`j: {script: x, rules: [{changes: ["${'{a,'.repeat(300)}"]}, {when: always}]}`)).toEqual([]);
  });

  test('an input put into a value that contains itself is refused', () => {
    const header = `spec: {inputs: {x: {default: ${'y'.repeat(1000)}}}}\n---\n`;
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

  test('broken YAML is reported with its position', () => {
    const { diagnostics } = readPipeline('a: 1\nb: 2\n c: 3\n', 'ci.yml', { variables: {}, source: 'push' });
    expect(diagnostics).toMatchObject([{ code: 'GITLAB_YAML_INVALID', file: 'ci.yml', line: 3 }]);
    expect(codesOf('')).toEqual(['GITLAB_YAML_INVALID']);
    expect(codesOf('- a')).toEqual(['GITLAB_VALUE_INVALID']);
    expect(codesOf('.a: {}')).toEqual(['GITLAB_NO_JOBS']);
  });
});
