import { defineErrors, type ErrorDetails, type Fault } from '../../kit/index.ts';

const recipeFaultKinds = {
  RECIPE_NAME: {
    message: 'The recipe in `{expected}.yaml` has the name `{name}`.',
    hint: 'Rename the file to `{name}.yaml`, or correct `name`.',
    exitCode: 2,
  },
  RECIPE_SPEC_UNSUPPORTED: {
    message: '`{spec}` has more than a name and a version, which recipes do not support.',
    hint: 'Remove variants, compilers, targets and `^` from the spec, or build the stack with Spack.',
    exitCode: 2,
  },
  RECIPE_VERSION: {
    message: 'No version of `{package}` matches `{spec}`. The recipe recipes/{package}.yaml has {offered}.',
    hint: 'Use one of {offered}, or add a version to the recipe.',
    exitCode: 2,
  },
  RECIPE_VERSION_CONFLICT: {
    message: 'No version of `{package}` matches all of {specs}. The recipe has {offered}.',
    hint: 'Use the same version ({offered}) everywhere, or add a version to the recipe.',
    exitCode: 2,
  },
  RECIPE_CYCLE: {
    message: 'Packages depend on each other in a cycle: {cycle}.',
    hint: 'Remove one of these dependencies.',
    exitCode: 2,
  },
  RECIPE_NOT_FOUND: {
    message: 'There is no recipe for `{package}`.',
    hint: '{remedy}',
    exitCode: 2,
  },
  RECIPE_UNKNOWN_DEPENDENCY: {
    message: 'There is no recipe for `{package}`, a dependency of `{recipe}`.',
    hint: '{remedy}',
    exitCode: 2,
  },
} as const;

/** Faults of recipes and of the specs in spack.yaml, which become diagnostics with a position. */
export const recipeError = defineErrors(recipeFaultKinds);

/** Returns the fault of a code, without a position. */
export function recipeFault(code: keyof typeof recipeFaultKinds, details: ErrorDetails): Fault {
  const { message, hint } = recipeError(code, details);
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}
