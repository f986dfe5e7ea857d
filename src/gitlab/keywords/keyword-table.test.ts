import { describe, expect, test } from 'vitest';
import { keywordTable, type Keyword } from './keyword-table.ts';
import { readPipeline } from '../read-pipeline.ts';

const files = new Map([
  ['part.yml', 'extra: {script: x}'],
  ['inputs.yml', 'inputs: {a: {default: x}}'],
  ['part-with-input.yml', 'spec: {inputs: {a: }}\n---\n"$[[ inputs.a ]]": {script: x}'],
]);

/** The smallest pipeline in which the keyword's example can stand. */
function pipelineWith({ level, example }: Keyword): string {
  const indented = example.replaceAll(/^/gm, '  ');
  if (level === 'header') return `spec:\n${indented}\n---\nj: {script: x}\n`;
  if (level === 'file') return `${example}\nj: {script: x}\n`;
  const others =
    '.t: {tags: [t]}\nother: {stage: build, script: x}\nmany: {stage: build, script: x, parallel: {matrix: [{A: [x, y]}]}}\n';
  return `${others}j:\n${level === 'job' ? '  script: x\n' : ''}${indented}\n`;
}

function read(keyword: Keyword) {
  return readPipeline(pipelineWith(keyword), 'ci.yml', {
    variables: { CI: 'true', CI_COMMIT_BRANCH: 'main' },
    source: 'push',
    readFile: (path) => files.get(path),
    listFiles: () => [...files.keys()],
    changedPaths: () => ['a', 'part.yml'],
  });
}

const named = (status: Keyword['status']) =>
  keywordTable.filter((keyword) => keyword.status === status).map((keyword) => [keyword.name, keyword] as const);

describe('the table of keywords', () => {
  test('names each once', () => {
    expect(new Set(keywordTable.map(({ name }) => name)).size).toBe(keywordTable.length);
    expect(keywordTable.length).toBeGreaterThan(150);
  });

  test.each(named('supported'))('%s is read without a word', (_name, keyword) => {
    const { plan, diagnostics } = read(keyword);
    expect(diagnostics).toEqual([]);
    expect(plan).toBeDefined();
  });

  test.each(named('ignored'))('%s is ignored with a warning at its position', (_name, keyword) => {
    const { plan, diagnostics } = read(keyword);
    expect(diagnostics).toMatchObject([
      { code: 'GITLAB_KEYWORD_IGNORED', severity: 'warning', line: 6, column: expect.any(Number) },
    ]);
    expect(plan).toBeDefined();
  });

  test.each(named('refused'))('%s is refused, and the remedy said', (_name, keyword) => {
    const { plan, diagnostics } = read(keyword);
    expect(plan).toBeUndefined();
    const refusal = diagnostics.find(
      ({ code }) => code === 'GITLAB_KEYWORD_UNSUPPORTED' || code === 'GITLAB_INCLUDE_REFUSED',
    );
    expect(refusal).toMatchObject({ severity: 'error', hint: expect.stringMatching(/\w/) });
  });
});
