import { posix } from 'node:path';
import * as z from 'zod';

const Inside = z
  .string()
  .refine(
    (path) => path !== '' && !path.startsWith('/') && path.split('/').every((part) => part !== '..' && part !== ''),
    'expected a path inside the repository, without `..`',
  );

export const DockerfilePart = z.strictObject({
  path: Inside.default('docker/Dockerfile').describe('Path of the Dockerfile'),
  context: Inside.or(z.literal('.'))
    .optional()
    .describe('Folder that the build can read; `.` for the whole repository. Default: the folder of the Dockerfile'),
  hook: Inside.or(z.literal(false))
    .optional()
    .describe(
      'Script that builds the image; `false`: none. Default: `hooks/build` next to the Dockerfile, if it exists',
    ),
  args: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/), z.string())
    .default({})
    .describe('Build arguments, also for the hook. They override the variables of the stack'),
  rebuild: z
    .enum(['changed', 'always'])
    .default('changed')
    .describe(
      '`changed`: build only if the files, arguments or lock differ from those of the published image; ' +
        '`always`: build every time',
    ),
});
export type DockerfilePart = z.infer<typeof DockerfilePart>;

/** Paths of the inputs of a build. */
export interface DockerfilePaths {
  /** Of the repository. */
  readonly context: string;
  /** The Dockerfile, from the context: `Dockerfile`. */
  readonly dockerfile: string;
  /** The hook, from the folder of the Dockerfile's repository; it need not be there unless it was named. */
  readonly hook: string | undefined;
}

export function pathsOf({ path, context, hook }: DockerfilePart): DockerfilePaths {
  const folder = posix.dirname(path);
  const root = context ?? folder;
  return {
    context: root,
    dockerfile: posix.relative(root, path),
    hook: hook === false ? undefined : (hook ?? posix.join(folder, 'hooks/build')),
  };
}
