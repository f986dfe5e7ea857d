import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { checkYaml, readYaml } from '../../kit/index.ts';
import { matchRules, refusedMatches, type PushedRef } from './match-rules.ts';
import { ImageDefinition } from '../definition.ts';
import { describeRule } from './rules.ts';

const Policy = z.strictObject({ images: z.array(ImageDefinition) });

function read(text: string) {
  return checkYaml<z.infer<typeof Policy>>(readYaml(text, 'slipway.yaml'), Policy);
}

const design = `
images:
  - repository: ghcr.io/lab/stack
    rules:
      - { branch: main, tag: latest }
      - { ref: '^rev-(.+)$', tag: '$1' }
    base: debian:13-slim
    contents: packages
    files: { docker/config.yaml: /etc/spack/config.yaml }
    config: { user: spack, workdir: /home/spack, cmd: [bash] }
`;

function match(ref: PushedRef): readonly string[] {
  return matchAll(design, ref);
}

function matchAll(text: string, ref: PushedRef): readonly string[] {
  return matchRules(read(text).value?.images ?? [], ref).map(({ repository, tag }) => `${repository}:${tag}`);
}

describe('the images of slipway.yaml', () => {
  test('are read as the design writes them', () => {
    expect(read(design).diagnostics).toEqual([]);
    expect(read(design).value?.images[0]).toMatchObject({
      base: 'debian:13-slim',
      config: { user: 'spack', cmd: ['bash'], env: {} },
    });
  });

  test('begin with nothing and hold packages unless something else is said', () => {
    expect(read('images: [{ repository: first-light }]').value?.images[0]).toMatchObject({
      base: 'scratch',
      contents: 'packages',
      rules: [],
      files: {},
    });
  });

  test.each([
    ['a broken expression', "ref: '(', tag: x", /Invalid regular expression/, 11],
    ['a group that is not there', "ref: '^v(.)$', tag: '$2'", /names a group/, 26],
    ['a rule without a tag', 'branch: main', /either `tag` or `tags`/, 9],
    ['a rule for nothing', 'tag: x', /expected `{ branch, tag }`/, 9],
    ['a preview under another tag', 'pullRequests: true, tag: latest', /unknown key `tag`/, 31],
    ['a branch with no valid tag', "branch: main, tag: 'a b'", /not a valid tag/, 25],
  ])('%s is reported with its position', (_what, rule, message, column) => {
    const { diagnostics } = read(`images:\n  - repository: x\n    rules:\n      - { ${rule} }\n`);
    expect(diagnostics).toMatchObject([
      { file: 'slipway.yaml', line: 4, column, message: expect.stringMatching(message) },
    ]);
  });

  test.each([
    ['repository: Lab', 'OCI'],
    ['repository: x:tag', 'no tag'],
    ['repository: x\n    files: { ../secret: /etc/x }', 'inside the repository'],
    ['repository: x\n    files: { a: etc/x }', 'absolute path'],
    ['repository: x\n    files: { a: /etc/../x }', 'absolute path'],
    ['repository: x\n    files: { a: /etc/.wh.x }', '.wh.'],
    ['repository: x\n    color: red', 'color'],
  ])('%j is refused', (text, message) => {
    const { diagnostics } = read(`images:\n  - ${text}\n`);
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]?.message).toMatch(
      message === 'OCI' ? /not an image reference/ : new RegExp(message.replaceAll('.', '\\.')),
    );
  });
});

describe('rules', () => {
  test('match branches by name, and branches and tags by expression', () => {
    expect(match({ branch: 'main' })).toEqual(['ghcr.io/lab/stack:latest']);
    expect(match({ tag: 'rev-1.2' })).toEqual(['ghcr.io/lab/stack:1.2']);
    expect(match({ branch: 'rev-3' })).toEqual(['ghcr.io/lab/stack:3']);
    expect(match({ branch: 'main2' })).toEqual([]);
  });

  test('a tag named like the branch of a rule does not match it', () => {
    expect(match({ tag: 'main' })).toEqual([]);
  });

  test('never make a tag that registries would not take', () => {
    expect(() => match({ branch: 'rev-a/b' })).toThrow(expect.objectContaining({ code: 'IMAGE_TAG_INVALID' }));
  });

  test('name several repositories and tags, and expressions between slashes', () => {
    const text = `
images:
  - repository: [lab/stack, ghcr.io/lab/stack]
    rules:
      - { branch: '/^release-(.+)$/', tags: ['$1', stable] }
      - { gitTag: '/^v(\\d+)\\.(\\d+)$/', tag: '$1-$2' }
      - { gitTag: edge, tag: edge }
`;
    expect(matchAll(text, { branch: 'release-3' })).toEqual([
      'lab/stack:3',
      'ghcr.io/lab/stack:3',
      'lab/stack:stable',
      'ghcr.io/lab/stack:stable',
    ]);
    expect(matchAll(text, { tag: 'v1.2' })).toEqual(['lab/stack:1-2', 'ghcr.io/lab/stack:1-2']);
    expect(matchAll(text, { tag: 'edge' })).toHaveLength(2);
    for (const other of [{ tag: 'release-3' }, { branch: 'v1.2' }, { branch: 'edge' }, { pullRequest: '3' }])
      expect(matchAll(text, other)).toEqual([]);
  });

  test('that are for some people match nothing where the pusher is unknown', () => {
    const text = `images: [{ repository: x, rules: [{ branch: main, tag: latest, actors: [ada] }] }]`;
    expect(matchAll(text, { branch: 'main', actor: 'ada' })).toEqual(['x:latest']);
    expect(matchAll(text, { branch: 'main', actor: 'bob' })).toEqual([]);
    expect(matchAll(text, { branch: 'main' })).toEqual([]);
  });

  test('name what only the account keeps back, unless another rule publishes it all the same', () => {
    const text = `
images:
  - repository: x
    rules:
      - { gitTag: '/^v(.+)$/', tags: ['$1', stable], actors: [ada] }
      - { ref: '^v(.+)$', tag: '$1' }
`;
    const images = read(text).value?.images ?? [];
    const refused = (ref: PushedRef) =>
      refusedMatches(images, ref).map(({ tag, rule }) => `${tag} by ${describeRule(rule)}`);
    expect(matchAll(text, { tag: 'v1', actor: 'bob' })).toEqual(['x:1']);
    expect(refused({ tag: 'v1', actor: 'bob' })).toEqual(['stable by gitTag: /^v(.+)$/']);
    expect(refused({ tag: 'v1' })).toEqual(['stable by gitTag: /^v(.+)$/']);
    expect(refused({ tag: 'v1', actor: 'ada' })).toEqual([]);
    expect(refused({ tag: 'w1' })).toEqual([]);
  });

  test('let a pull request move no tag but its own', () => {
    const text = `images: [{ repository: x, rules: [{ ref: '.*', tag: latest }, { pullRequests: true }] }]`;
    expect(matchAll(text, { pullRequest: '12' })).toEqual(['x:pr-12']);
  });

  test('that agree give one match', () => {
    const images = [
      {
        repository: 'x',
        rules: [
          { branch: 'main', tag: 'a' },
          { ref: '^main$', tag: 'a' },
        ],
      },
    ];
    expect(matchRules(images, { branch: 'main' })).toHaveLength(1);
  });
});
