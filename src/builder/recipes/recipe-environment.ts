import * as z from 'zod';
import { prefixToken, type RunEnvironment, type SpecNode } from '../../spack/index.ts';
import { prefixOf } from './prefixes.ts';

const Name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable has letters, digits and `_`');
const Values = z.record(Name, z.string()).default({});

/** By the words of Spack's configuration (`environment:` of externals and modules). */
export const RecipeEnvironment = z
  .strictObject({
    set: Values.describe('Variables and their values; `$PREFIX` stands for the prefix of the package'),
    unset: z.array(Name).default([]).describe('Variables to unset'),
    prepend_path: Values.describe('Folders to put before the value of a variable'),
    append_path: Values.describe('Folders to put after the value of a variable'),
    remove_path: Values.describe('Folders to remove from the value of a variable'),
  })
  .describe('Changes to the environment in which the package is used, in addition to its folders such as `bin`');
export type RecipeEnvironment = z.infer<typeof RecipeEnvironment>;

export function runEnvironmentOf(environment: RecipeEnvironment, node: SpecNode): RunEnvironment {
  const { set, unset, prepend_path: prepended, append_path: appended, remove_path: removed } = environment;
  const value = (text: string) => text.replace(/\$\{PREFIX\}|\$PREFIX\b/g, () => prefixToken(node.hash));
  const paths = (action: 'prepend-path' | 'append-path' | 'remove-path', values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([name, text]) => ({ action, name, value: value(text), separator: ':' }));
  return {
    version: 1,
    own: [
      ...unset.map((name) => ({ action: 'unset' as const, name })),
      ...Object.entries(set).map(([name, text]) => ({ action: 'set' as const, name, value: value(text) })),
      ...paths('prepend-path', prepended),
      ...paths('append-path', appended),
      ...paths('remove-path', removed),
    ],
    from: {},
    prefixes: { [node.hash]: prefixOf(node) },
  };
}
