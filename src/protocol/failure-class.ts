import * as z from 'zod';

export const BuildFailureClass = z
  .enum(['source', 'configure', 'compile', 'test', 'out-of-memory', 'disk', 'timeout', 'mirror', 'signature', 'spack'])
  .meta({
    id: 'BuildFailureClass',
    description:
      'The kind of a failure of a build: it decides who can fix it, and whether another attempt may succeed.',
  });
export type BuildFailureClass = z.infer<typeof BuildFailureClass>;

export const FailureClass = z.enum([...BuildFailureClass.options, 'system', 'configuration', 'script']).meta({
  id: 'FailureClass',
  description:
    'Any failure: also of the runner or the server (`system`), of a file that a person wrote ' +
    '(`configuration`), or of a script.',
});
export type FailureClass = z.infer<typeof FailureClass>;

const byCode: readonly (readonly [RegExp, BuildFailureClass])[] = [
  [/^(?:BUILD_DISK_FULL|RUNNER_DISK_EXCEEDED)$/, 'disk'],
  [/^RUNNER_MEMORY_EXCEEDED$/, 'out-of-memory'],
  [/^MIRROR_SIGNATURE_/, 'signature'],
  [/^(?:MIRROR_|BUILD_(?:DEPENDENCY_MISSING|PUSH_FAILED)$)/, 'mirror'],
  [/^RECIPE_SOURCE_/, 'source'],
  [/^BUILD_(?:STEP_FAILED|NOTHING_INSTALLED)$/, 'compile'],
  [/^(?:SPACK_|BUILD_STORE_CLOSED$)/, 'spack'],
];

/** Returns the class of a build that failed with this error code; undefined if the request is wrong. */
export function classOfErrorCode(code: string): BuildFailureClass | undefined {
  return byCode.find(([pattern]) => pattern.test(code))?.[1];
}
