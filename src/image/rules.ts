import { z } from 'zod';
import { isTag, parseReference } from '../oci/index.ts';
import { compileExpression, groupCount, groupsNamed } from './expression.ts';

const BranchRule = z.strictObject({
  branch: z.string().min(1).describe('Name of the branch'),
  tag: z.string().refine(isTag, 'not a valid tag').describe('Tag of the image'),
});

const RefRule = z
  .strictObject({
    ref: z.string().min(1).describe('Regular expression that the name of a branch or tag matches'),
    tag: z.string().min(1).describe('Tag of the image; `$1` is what the first group matched'),
  })
  .superRefine(({ ref, tag }, context) => {
    const expression = compileExpression(ref);
    if (typeof expression === 'string') return context.addIssue({ code: 'custom', path: ['ref'], message: expression });
    const missing = groupsNamed(tag).find((group) => group > groupCount(ref));
    if (missing === undefined) return undefined;
    return context.addIssue({
      code: 'custom',
      path: ['tag'],
      message: `\`$${missing}\` names a group that \`${ref}\` does not have`,
    });
  });

export const ImageRule = z.union([BranchRule, RefRule], { error: 'expected `{ branch, tag }` or `{ ref, tag }`' });
export type ImageRule = z.infer<typeof ImageRule>;

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

/** Keys are checked here: a schema for them would only say "Invalid key". */
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

const Contents = z.enum(['packages', 'mirror', 'dockerfile']).superRefine((contents, context) => {
  if (contents !== 'packages')
    context.addIssue({ code: 'custom', message: `\`${contents}\` cannot be made yet; only \`packages\` can` });
});

/** One entry of `images:` in `slipway.yaml`. */
export const ImageDefinition = z.strictObject({
  repository: Repository.describe('Where the image is published; without a registry, on this server'),
  rules: z.array(ImageRule).default([]).describe('Which branches and tags publish it, and as what'),
  base: z
    .string()
    .min(1)
    .default('scratch')
    .describe('`scratch`, an image reference, or `oci:<folder>:<name>`: a layout in the repository'),
  contents: Contents.default('packages').describe('What goes into the image'),
  files: Files.default({}).describe('Files and folders of the repository, and where they go'),
  config: ImageSettings.prefault({}).describe('How containers of the image run'),
});
export type ImageDefinition = z.infer<typeof ImageDefinition>;
