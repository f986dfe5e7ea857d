import { defineErrors, type ErrorDetails, type Fault } from '../../kit/index.ts';

const recipeFaultKinds = {
  RECIPE_NAME: {
    message: 'The recipe in `{expected}.yaml` is named `{name}`',
    hint: 'Name the file after the package.',
    exitCode: 2,
  },
  RECIPE_SPEC_UNSUPPORTED: {
    message: '`{spec}` asks for more than a name and a version, which recipes do not have',
    hint: 'Take variants, compilers, targets and `^` out of the spec, or use the spack builder.',
    exitCode: 2,
  },
  RECIPE_VERSION: {
    message: 'No version of `{package}` is as `{spec}` wants it; recipes/{package}.yaml has {offered}',
    hint: 'Ask for one of {offered}, or add a version to the recipe.',
    exitCode: 2,
  },
  RECIPE_VERSION_CONFLICT: {
    message: 'No version of `{package}` pleases all of {specs}; it has {offered}',
    hint: 'Ask for the same one of {offered} everywhere, or add a version to the recipe.',
    exitCode: 2,
  },
  RECIPE_CYCLE: {
    message: 'Packages depend on each other in a circle: {cycle}',
    hint: 'Take one of these dependencies out.',
    exitCode: 2,
  },
  RECIPE_NOT_FOUND: {
    message: 'There is no recipe for `{package}`',
    hint: '{remedy}',
    exitCode: 2,
  },
  RECIPE_UNKNOWN_DEPENDENCY: {
    message: 'There is no recipe for `{package}`, which `{recipe}` depends on',
    hint: '{remedy}',
    exitCode: 2,
  },
} as const;

/** Faults of recipes and of what spack.yaml asks of them; they reach the user as diagnostics with their place. */
export const recipeError = defineErrors(recipeFaultKinds);

/** The fault of this code, for a place to be put to it. */
export function recipeFault(code: keyof typeof recipeFaultKinds, details: ErrorDetails): Fault {
  const { message, hint } = recipeError(code, details);
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}
