import { expect, test } from 'vitest';
import { readPipeline } from './read-pipeline.ts';

function faultsOf(text: string, variables: Record<string, string> = {}): readonly string[] {
  const { plan, diagnostics } = readPipeline(text, 'ci.yml', { variables, source: 'push' });
  expect(plan).toBeUndefined();
  for (const { message } of diagnostics) expect(message).toMatch(/^[^\p{Cc}\p{Cs}]*$/u);
  return diagnostics.map(({ code, line, column }) => `${code} ${line}:${column}`);
}

const NAME = 'GITLAB_NAME_INVALID';

test.each([
  ['a job', 'ok: {script: x}\n\n"a\\0b": {script: x}', [`${NAME} 3:1`]],
  ['a job, half a surrogate pair', '"a\\uD800b": {script: x}', [`${NAME} 1:1`]],
  ['a job, line break', '"a\\nb": {script: x}', [`${NAME} 1:1`]],
  ['a matrix value', 'a:\n  script: x\n  parallel:\n    matrix:\n    - V: [x, "a\\0b"]', [`${NAME} 5:14`]],
  ['a single matrix value', 'a:\n  script: x\n  parallel: {matrix: [{V: "a\\x7Fb"}]}', [`${NAME} 3:24`]],
  ['a matrix variable', 'a: {script: x, parallel: {matrix: [{"V\\0": a}]}}', [`${NAME} 1:1`, `${NAME} 1:37`]],
  ['a stage', 'stages: [one, "t\\0"]\na: {stage: one, script: x}', [`${NAME} 1:15`]],
  ['a global variable', 'variables: {"V\\0": x}\na: {script: x}', [`${NAME} 1:13`]],
  ['a resource group', 'a: {script: x, resource_group: "a\\0b"}', [`${NAME} 1:16`]],
  ['a tag', 'a: {script: x, tags: [x, "a\\0b"]}', [`${NAME} 1:16`]],
  ['a cache', 'a: {script: x, cache: {key: "a\\0b", paths: [x]}}', [`${NAME} 1:24`]],
  ['a fallback', 'a: {script: x, cache: {fallback_keys: ["a\\0b"], paths: [x]}}', [`${NAME} 1:40`]],
  ['an archive', 'a: {script: x, artifacts: {name: "a\\0b", paths: [x]}}', [`${NAME} 1:28`]],
  ['an image', 'a: {script: x, image: "a\\0b"}', [`${NAME} 1:16`]],
  ['a service', 'a: {script: x, services: [{name: x, alias: "a\\0b"}]}', [`${NAME} 1:37`]],
  ['a token', 'a: {script: x, id_tokens: {"T\\0": {aud: x}}}', [`${NAME} 1:28`]],
  ['the pipeline', 'workflow: {name: "a\\0b"}\na: {script: x}', [`${NAME} 1:12`]],
])('a name with a control character is refused at its position: %s', (_what, text, faults) => {
  expect(faultsOf(text)).toEqual(faults);
});

test('a name is looked at with its variables put in', () => {
  const text = 'a:\n  script: x\n  resource_group: $V\n  environment: $V\n  tags: [$V]';
  expect(faultsOf(text, { V: 'a\nb' })).toEqual([`${NAME} 3:3`, `${NAME} 4:3`, `${NAME} 5:3`]);
});

test('names in any script, and names that objects have, are names', () => {
  const names = [
    'constructor',
    'toString',
    'e\u0301',
    '\u202Eabc',
    '😀',
    'a/../..',
    "'; DROP TABLE job_runs; --",
    '<b>&',
  ];
  const text = JSON.stringify(Object.fromEntries(names.map((name) => [name, { script: 'x' }])));
  const { plan } = readPipeline(text, 'ci.yml', { variables: {}, source: 'push' });
  expect(plan?.jobs.map(({ name }) => name)).toEqual(names);
});
