import { describe, expect, test } from 'vitest';
import { loadPipeline, type PipelineSources } from './load-pipeline.ts';

const files: Readonly<Record<string, string>> = {
  'one.yml': 'include: two.yml\none: {script: x}',
  'two.yml': 'two: {script: x, rules: [{changes: [a]}]}',
};

/** Sources that record what is requested of them. */
function sources(requests: string[]): PipelineSources {
  return {
    readFile: async (path) => {
      requests.push(path);
      return files[path];
    },
    listFiles: async () => {
      requests.push('files');
      return Object.keys(files);
    },
    changedPaths: async (compareTo) => {
      requests.push(`changed since ${compareTo ?? 'before'}`);
      return ['a'];
    },
  };
}

function load(text: string, requests: string[] = []) {
  return loadPipeline([{ text, file: 'ci.yml' }], { variables: {}, source: 'push' }, sources(requests));
}

describe('a pipeline whose sources answer later', () => {
  test('is read once all is known, and nothing is requested twice', async () => {
    const requests: string[] = [];
    const text = 'include: one.yml\nj: {script: x, rules: [{exists: [one.yml], changes: [a]}]}';
    const { plan } = await load(text, requests);
    expect(plan?.jobs.map(({ name }) => name)).toEqual(['two', 'one', 'j']);
    expect(requests).toEqual(['one.yml', 'two.yml', 'changed since before', 'files']);
  });

  test('requests nothing that it does not need', async () => {
    const requests: string[] = [];
    expect((await load('j: {script: x}', requests)).plan?.jobs).toHaveLength(1);
    expect(requests).toEqual([]);
  });

  test('reports a file that does not exist', async () => {
    expect((await load('include: none.yml')).diagnostics).toMatchObject([{ code: 'GITLAB_INCLUDE_MISSING' }]);
  });

  test('fails as its sources fail', async () => {
    const broken = { ...sources([]), readFile: () => Promise.reject(new Error('the disk is gone')) };
    const loading = loadPipeline(
      [{ text: 'include: a.yml', file: 'ci.yml' }],
      { variables: {}, source: 'push' },
      broken,
    );
    await expect(loading).rejects.toThrow('the disk is gone');
  });

  test('a chain of files is not read over and over without end', async () => {
    const files = (path: string) => `include: ${Number.parseInt(path, 10) + 1}.yml\nj: {script: ${'x'.repeat(1000)}}`;
    const chain = { ...sources([]), readFile: (path: string) => Promise.resolve(files(path)) };
    const context = { variables: {}, source: 'push', limits: { maxLoaded: 50_000 } };
    const { diagnostics } = await loadPipeline([{ text: 'include: 0.yml', file: 'ci.yml' }], context, chain);
    expect(diagnostics).toMatchObject([{ code: 'GITLAB_TOO_LARGE', message: expect.stringContaining('as often as') }]);
  });

  test('several files make one pipeline, the last on top', async () => {
    const texts = [
      { text: 'a: {script: one}\nb: {script: one}', file: 'one' },
      { text: 'spec: {inputs: {s: }}\n---\na: {script: "$[[ inputs.s ]]"}', file: 'two', inputs: { s: 'two' } },
    ];
    const { plan } = await loadPipeline(texts, { variables: {}, source: 'push' }, sources([]));
    expect(plan?.jobs.map(({ name, script }) => [name, ...script])).toEqual([
      ['a', 'two'],
      ['b', 'one'],
    ]);
  });
});
