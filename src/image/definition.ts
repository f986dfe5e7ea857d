import * as z from 'zod';
import { parseReference } from '../oci/index.ts';
import { ImageRule } from './rules/rules.ts';
import { DockerfilePart } from './dockerfile/definition.ts';
import { SmokeTest } from './smoke/definition.ts';

const Repository = z.string().superRefine((text, context) => {
  try {
    const { tag, digest } = parseReference(text);
    if (tag !== undefined || digest !== undefined)
      context.addIssue({ code: 'custom', message: 'a repository has no tag and no digest; those come from `rules`' });
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

const AbsolutePath = z
  .string()
  .refine(
    (path) => /^(\/[^/\0]+)+$/.test(path) && path.split('/').every((part) => part !== '..' && part !== '.'),
    'expected an absolute path without `.` and `..`',
  );

const ImagePath = AbsolutePath.refine(
  (path) => !/\/\.wh\./.test(path),
  '`.wh.` at the beginning of a name has a meaning of its own in images',
);

/** Keys are checked here: a schema for them would only report "Invalid key". */
const Files = z.record(z.string(), ImagePath).superRefine((files, context) => {
  for (const path of Object.keys(files)) {
    const isInside =
      path !== '' && !path.startsWith('/') && path.split('/').every((part) => part !== '..' && part !== '');
    if (!isInside)
      context.addIssue({
        code: 'custom',
        path: [path],
        message: 'expected a path inside the repository, without `..`',
      });
  }
});

const Variables = z.record(z.string(), z.string()).superRefine((variables, context) => {
  for (const name of Object.keys(variables)) {
    if (!/^[^=\0]+$/.test(name))
      context.addIssue({ code: 'custom', path: [name], message: 'a variable has a name without `=`' });
  }
});

const Port = z.union([
  z.int().min(1).max(65535),
  z.string().regex(/^\d{1,5}(\/(tcp|udp))?$/, 'expected a port such as `8080` or `53/udp`'),
]);

export const ImageSettings = z.strictObject({
  user: z.string().optional().describe('Name or number of the user that processes run as'),
  workdir: AbsolutePath.or(z.literal('/')).optional().describe('Folder in which processes start'),
  cmd: z.array(z.string()).optional().describe('Default command, or arguments of `entrypoint`'),
  entrypoint: z.array(z.string()).optional().describe('Program that always runs'),
  env: Variables.default({}).describe('Environment variables'),
  labels: z.record(z.string(), z.string()).default({}).describe('Labels'),
  ports: z.array(Port).default([]).describe('Ports that the programs listen on'),
});
export type ImageSettings = z.infer<typeof ImageSettings>;

const Folder = z.strictObject({
  path: ImagePath.describe('Path in the image'),
  mode: z
    .string()
    .regex(/^[0-7]{3,4}$/, 'expected a mode such as `1777`')
    .default('755')
    .describe('Octal mode, in quotes'),
  user: z.string().optional().describe('Owner: a name of `users` or of the base, or a number. Default: root'),
});

const User = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'a user has small letters, digits, `-` and `_`')
    .describe('Name of the user'),
  id: z.int().min(1).max(65533).default(1000).describe('Number of the user, and of the group of the same name'),
  home: AbsolutePath.optional().describe(
    'Home folder, which is created if the base does not have it. Default: `/home/<name>`',
  ),
  shell: AbsolutePath.default('/bin/sh').describe('Shell of the user'),
});

const MirrorPart = z.strictObject({
  path: ImagePath.default('/mirror').describe('Path of the build cache in the image. It contains `public.key`'),
  layout: z
    .enum(['v2', 'v3', 'both'])
    .default('v3')
    .describe('`v2` for Spack before 1.0, `v3` for later versions. For `v2`, all packages are signed again'),
  configuration: ImagePath.or(z.literal(false))
    .default('/etc/spack/mirrors.yaml')
    .describe('Path in the image of a `mirrors.yaml` that names the build cache; `false`: none'),
});
export type MirrorPart = z.infer<typeof MirrorPart>;

const Contents = z.enum(['packages', 'mirror', 'both', 'dockerfile']);

/** One entry of `images:` in `slipway.yaml`. */
export const ImageDefinition = z.strictObject({
  repository: Repository.or(z.array(Repository).min(1)).describe(
    'Repository, or list of repositories, that the image is published to. Without a registry, on this server',
  ),
  rules: z.array(ImageRule).default([]).describe('Branches and tags that publish the image, and the image tags'),
  locks: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      'Names of the jobs whose locks the image is made of; `*` matches any text. Default: all locks of the ' +
        'pipeline, each for another platform',
    ),
  base: z
    .string()
    .min(1)
    .default('scratch')
    .describe(
      '`scratch`, `host` (the C library of the machine that builds the image), an image reference, or ' +
        '`oci:<folder>:<name>` (a layout in the repository)',
    ),
  contents: Contents.default('packages').describe(
    'What the image contains. `packages`: the packages at their prefixes; `mirror`: a build cache of them; ' +
      '`both`: both of these; `dockerfile`: what a Dockerfile builds',
  ),
  mirror: MirrorPart.prefault({}).describe('Build cache of `contents: mirror` and `contents: both`'),
  root: AbsolutePath.optional().describe(
    'Folder in which packages are installed in the image. Default: where they were built. In any other folder ' +
      'they are relocated',
  ),
  view: AbsolutePath.or(z.literal(false))
    .optional()
    .describe(
      'Folder in which all packages are linked into one tree; `false`: none. Default: the `view` of `spack.yaml`',
    ),
  compression: z
    .enum(['stored', 'gzip', 'zstd', 'none'])
    .default('stored')
    .describe('Compression of the layers of packages. `stored`: as in the mirror, so that nothing is compressed again'),
  layers: z.int().min(1).max(120).optional().describe('Maximum number of layers for packages'),
  clashes: z
    .array(z.string().startsWith('/'))
    .default([])
    .describe(
      'Paths that several packages may contain; `*` matches any text. The package that depends on the others wins',
    ),
  format: z
    .enum(['auto', 'oci', 'docker'])
    .default('auto')
    .describe('Format of the manifest. `auto`: OCI, or Docker if the base has settings that only Docker’s format has'),
  moved: z
    .enum(['refuse', 'replace'])
    .default('refuse')
    .describe(
      'What happens if another writer moves a tag after the last publication or during this one. `refuse`: the ' +
        'publication fails; `replace`: it moves the tag again',
    ),
  retag: z
    .enum(['refuse', 'replace'])
    .default('refuse')
    .describe(
      'What happens if a git tag that published this image is moved to other content. `refuse`: the image tag ' +
        'stays; `replace`: it moves too',
    ),
  rebase: z
    .enum(['move', 'revise', 'refuse'])
    .optional()
    .describe(
      'What a rebuild on a new base does. `move`: the tag moves to the new image; `revise`: the new image gets ' +
        'a new tag, `<tag>-r1`, then `<tag>-r2`; `refuse`: there is no rebuild. Default: `move`, but `refuse` for ' +
        'images of git tags unless `retag` is `replace`. Read from the default branch',
    ),
  dockerfile: DockerfilePart.prefault({}).describe('Settings of `contents: dockerfile`'),
  smoke: SmokeTest.prefault({}).describe('Tests that the image must pass before a tag names it'),
  files: Files.default({}).describe('Files and folders of the repository, and their paths in the image'),
  folders: z.array(Folder).default([]).describe('Folders to create'),
  users: z.array(User).default([]).describe('Users to add to those of the base'),
  config: ImageSettings.prefault({}).describe('How containers of the image run'),
});
export type ImageDefinition = z.infer<typeof ImageDefinition>;

/** Every repository that an image is published to. */
export function repositoriesOf({ repository }: Pick<ImageDefinition, 'repository'>): readonly string[] {
  return typeof repository === 'string' ? [repository] : repository;
}
