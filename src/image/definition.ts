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
  user: z.string().optional().describe('User, or number, that processes run as'),
  workdir: AbsolutePath.or(z.literal('/')).optional().describe('Folder that processes start in'),
  cmd: z.array(z.string()).optional().describe('Default command, or arguments of `entrypoint`'),
  entrypoint: z.array(z.string()).optional().describe('Program that always runs'),
  env: Variables.default({}).describe('Environment variables'),
  labels: z.record(z.string(), z.string()).default({}).describe('Labels'),
  ports: z.array(Port).default([]).describe('Ports that the programs listen on'),
});
export type ImageSettings = z.infer<typeof ImageSettings>;

const Folder = z.strictObject({
  path: ImagePath,
  mode: z
    .string()
    .regex(/^[0-7]{3,4}$/, 'expected a mode such as `1777`')
    .default('755')
    .describe('Octal, in quotes'),
  user: z.string().optional().describe('Owner: a name of `users` or of the base, or a number; without one, root'),
});

const User = z.strictObject({
  name: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'a user has small letters, digits, `-` and `_`'),
  id: z.int().min(1).max(65533).default(1000).describe('Number of the user and of the group of the same name'),
  home: AbsolutePath.optional().describe('Home, which is made if the base has none; without one `/home/<name>`'),
  shell: AbsolutePath.default('/bin/sh'),
});

const MirrorPart = z.strictObject({
  path: ImagePath.default('/mirror').describe('Path of the build cache in the image; it contains `public.key`'),
  layout: z
    .enum(['v2', 'v3', 'both'])
    .default('v3')
    .describe('`v2` is what Spack before 1.0 reads, `v3` what later ones do; for `v2` all is signed again'),
  configuration: ImagePath.or(z.literal(false))
    .default('/etc/spack/mirrors.yaml')
    .describe('Where a `mirrors.yaml` that names it is written; `false` for nowhere'),
});
export type MirrorPart = z.infer<typeof MirrorPart>;

const Contents = z.enum(['packages', 'mirror', 'both', 'dockerfile']);

/** One entry of `images:` in `slipway.yaml`. */
export const ImageDefinition = z.strictObject({
  repository: Repository.or(z.array(Repository).min(1)).describe(
    'Where the image is published, one repository or several; without a registry, on this server',
  ),
  rules: z.array(ImageRule).default([]).describe('Which branches and tags publish it, and as what'),
  locks: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      'Jobs whose locks the image is made of, by name, with `*` for any text; by default all locks of the pipeline, ' +
        'each for another platform',
    ),
  base: z
    .string()
    .min(1)
    .default('scratch')
    .describe(
      '`scratch`, `host` (the C library of the machine that makes the image), an image reference, or ' +
        '`oci:<folder>:<name>`: a layout in the repository',
    ),
  contents: Contents.default('packages').describe(
    'What goes into the image: the packages at their prefixes, a build cache of them, both, or what a Dockerfile makes',
  ),
  mirror: MirrorPart.prefault({}).describe('The build cache of `contents: mirror` and `both`'),
  root: AbsolutePath.optional().describe(
    'Where packages are installed in the image; by default where they were built. Others are relocated',
  ),
  view: AbsolutePath.or(z.literal(false))
    .optional()
    .describe('Where the packages are linked into one tree; by default the `view` of `spack.yaml`'),
  compression: z
    .enum(['stored', 'gzip', 'zstd', 'none'])
    .default('stored')
    .describe('Of the layers of packages; `stored` is as the mirror has them, so that nothing is compressed again'),
  layers: z.int().min(1).max(120).optional().describe('The most layers that packages may have'),
  clashes: z
    .array(z.string().startsWith('/'))
    .default([])
    .describe('Paths, with `*`, that several packages may have: the one that depends on the others wins'),
  format: z
    .enum(['auto', 'oci', 'docker'])
    .default('auto')
    .describe('Of the manifest; `auto` is OCI, and Docker if the base has settings that only Docker’s format has'),
  moved: z
    .enum(['refuse', 'replace'])
    .default('refuse')
    .describe(
      'What becomes of a publication whose tag another writer has moved, since we last published it or while we do',
    ),
  retag: z
    .enum(['refuse', 'replace'])
    .default('refuse')
    .describe(
      'What happens if a git tag that published this image is moved to other content. `refuse`: the image tag stays; ' +
        '`replace`: it moves too',
    ),
  rebase: z
    .enum(['move', 'revise', 'refuse'])
    .optional()
    .describe(
      'What a rebuild on a new base does; read from the default branch. `move`: the tag moves to it; `revise`: it gets ' +
        'a new tag, `<tag>-r1`, then `<tag>-r2`; `refuse`: there is none. By default `move`; for images of git tags ' +
        '`refuse`, unless `retag` is `replace`',
    ),
  dockerfile: DockerfilePart.prefault({}).describe('How `contents: dockerfile` is built'),
  smoke: SmokeTest.prefault({}).describe('What is tried of the image before any tag names it'),
  files: Files.default({}).describe('Files and folders of the repository, and where they go'),
  folders: z.array(Folder).default([]).describe('Folders to make'),
  users: z.array(User).default([]).describe('Users to add to those of the base'),
  config: ImageSettings.prefault({}).describe('How containers of the image run'),
});
export type ImageDefinition = z.infer<typeof ImageDefinition>;

/** Every repository that an image is published to. */
export function repositoriesOf({ repository }: Pick<ImageDefinition, 'repository'>): readonly string[] {
  return typeof repository === 'string' ? [repository] : repository;
}
