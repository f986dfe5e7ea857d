import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packagedStack, type PackagedStack } from '../../../test/support/packaged-stack.ts';
import { prefixToken } from '../../spack/index.ts';
import { buildImages } from '../build-images.ts';
import { ImageDefinition } from '../definition.ts';
import { imagesOf } from '../publish/publishable.ts';

let stack: PackagedStack;

/** `tool` runs `python` and links `data`; an interpreter on the machine gives something, too. */
beforeAll(async () => {
  stack = await packagedStack([
    { name: 'machine', files: {}, isExternal: true },
    { name: 'maker', files: { 'bin/maker': 'm' } },
    {
      name: 'data',
      files: { 'share/data': 'd' },
      environment: (hashOf) => ({
        version: 1,
        own: [
          { action: 'prepend-path', name: 'PATH', value: `${prefixToken(hashOf('data'))}/libexec`, separator: ':' },
          { action: 'set', name: 'DATA', value: `${prefixToken(hashOf('data'))}/share` },
          { action: 'set', name: 'LAST', value: 'data' },
          { action: 'append-flags', name: 'FLAGS', value: '-d', separator: ' ' },
        ],
        from: {},
        prefixes: { [hashOf('data')]: stackPrefix('data', hashOf) },
      }),
    },
    { name: 'python', files: { 'bin/python': 'p' }, dependencies: { data: ['link'] } },
    {
      name: 'tool',
      files: { 'bin/tool': 't', 'lib/tool/x': 'x' },
      dependencies: { data: ['link'], python: ['run'], machine: ['run'], maker: ['build'] },
      isRoot: true,
      environment: (hashOf) => ({
        version: 1,
        own: [
          { action: 'set', name: 'LAST', value: 'tool' },
          { action: 'append-flags', name: 'FLAGS', value: '-t', separator: ' ' },
          { action: 'prepend-path', name: 'PATH', value: `${prefixToken(hashOf('tool'))}/sbin`, separator: ':' },
          { action: 'set', name: 'MADE_BY', value: `${prefixToken(hashOf('maker'))}/bin/maker` },
        ],
        from: {
          [hashOf('python')]: [
            {
              action: 'prepend-path',
              name: 'PYTHONPATH',
              value: `${prefixToken(hashOf('tool'))}/lib/tool`,
              separator: ':',
            },
            { action: 'set', name: 'LAST', value: 'python for tool' },
          ],
          [hashOf('machine')]: [{ action: 'set', name: 'FLAGS', value: '-m' }],
        },
        prefixes: { [hashOf('tool')]: '/was/tool', [hashOf('maker')]: '/was/maker' },
      }),
    },
  ]);
});
afterAll(() => stack.remove());

const stackPrefix = (name: string, hashOf: (name: string) => string) => `/opt/stack/${name}-1.0-${hashOf(name)}`;

async function variables(definition: Record<string, unknown> = {}): Promise<Readonly<Record<string, string>>> {
  const images = await buildImages({
    locks: [{ lock: stack.lock, digest: 'ab'.repeat(32) }],
    entries: stack.entries,
    store: stack.store,
    definition: ImageDefinition.parse({ repository: 'x', ...definition }),
    work: join(stack.folder, 'work'),
  });
  const [image] = imagesOf(images);
  return Object.fromEntries((image?.config.config?.Env ?? []).map((text) => text.split(/=(.*)/s).slice(0, 2)));
}

const system = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

test('an image has the variables that its packages say, those that others depend on first', async () => {
  const [tool, python, data] = ['tool', 'python', 'data'].map((name) => stack.prefixOf(name));
  expect(await variables()).toMatchObject({
    PATH: `${tool}/sbin:${tool}/bin:${python}/bin:${data}/libexec:${system}`,
    DATA: `${data}/share`,
    LAST: 'tool',
    // What the machine's own gives comes first of all.
    FLAGS: '-m -d -t',
    PYTHONPATH: `${tool}/lib/tool`,
    // What is not in the image stays where it was.
    MADE_BY: '/was/maker/bin/maker',
  });
});

test('in a view they name the view, for packages that are in it', async () => {
  expect(await variables({ view: '/opt/view' })).toMatchObject({
    PATH: `/opt/view/sbin:/opt/view/bin:/opt/view/libexec:${system}`,
    DATA: '/opt/view/share',
    PYTHONPATH: '/opt/view/lib/tool',
  });
});

test('they name the prefixes to which packages were relocated', async () => {
  const moved = stack.prefixOf('tool').replace('/opt/stack', '/srv/tree');
  expect(await variables({ root: '/srv/tree' })).toMatchObject({
    PATH: expect.stringMatching(new RegExp(`^${moved}/sbin:${moved}/bin:`)),
    PYTHONPATH: `${moved}/lib/tool`,
  });
});

test('the definition has the last word', async () => {
  expect(await variables({ config: { env: { DATA: 'mine' } } })).toMatchObject({ DATA: 'mine' });
});
