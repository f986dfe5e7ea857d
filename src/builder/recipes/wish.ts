import type { Diagnostic } from '../../kit/index.ts';
import { parseSpec, satisfies } from '../../spack/index.ts';
import type { AbstractSpec, DependencyType, Environment } from '../../spack/index.ts';
import type { LoadedRecipe } from './recipe.ts';

/** Somebody wants a package: a root of spack.yaml, or a recipe that depends on it. Knows where that is written. */
export interface Wish {
  readonly name: string;
  readonly text: string;
  /** Undefined for a root. */
  readonly type?: DependencyType;
  accepts(version: string): boolean;
  fault(code: string, message: string, hint: string): Diagnostic;
}

/** What spack.yaml wants. Specs that ask for more than name and version are faults: recipes have no variants. */
export function rootWishes(environment: Environment): { wishes: readonly Wish[]; diagnostics: readonly Diagnostic[] } {
  const wishes = environment.specs.map(({ text, spec, line, column }): Wish & { spec: AbstractSpec } => ({
    name: spec.name ?? text,
    text,
    spec,
    accepts: (version) => acceptsVersion(spec, version),
    fault: (code, message, hint) => ({ code, severity: 'error', file: 'spack.yaml', line, column, message, hint }),
  }));
  const diagnostics = wishes
    .filter(({ spec }) => asksForMore(spec))
    .map((wish) => {
      const message = `\`${wish.text}\` asks for more than a name and a version, which recipes do not have`;
      return wish.fault(
        'RECIPE_SPEC_UNSUPPORTED',
        message,
        'Take variants, compilers, targets and `^` out of the spec, or use the spack builder.',
      );
    });
  return { wishes, diagnostics };
}

/** What a recipe wants, in the order in which it is written. */
export function recipeWishes(loaded: LoadedRecipe): readonly Wish[] {
  const { recipe, source } = loaded;
  return (['build', 'link', 'run'] as const).flatMap((type) =>
    recipe.depends[type].map((text, index): Wish => {
      const spec = parseSpec(text);
      return {
        name: spec.name ?? text,
        text,
        type,
        accepts: (version) => acceptsVersion(spec, version),
        fault: (code, message, hint) => source.fault(['depends', type, index], { code, message, hint }),
      };
    }),
  );
}

function acceptsVersion(spec: AbstractSpec, version: string): boolean {
  const { name, versions } = spec;
  return satisfies(parseSpec(`${name}@=${version}`), { name, versions, variants: [], flags: [], dependencies: [] });
}

function asksForMore(spec: AbstractSpec): boolean {
  const { variants, flags, architecture, hash, dependencies } = spec;
  return variants.length + flags.length + dependencies.length > 0 || architecture !== undefined || hash !== undefined;
}
