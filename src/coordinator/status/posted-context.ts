import type { Stack } from '../context.ts';
import { remoteOf, type StackConfiguration } from '../configuration/stack-configuration.ts';

/** A stack as far as the names of its statuses depend on it. */
export interface NamedStack extends Pick<Stack, 'sharesRepository'> {
  readonly configuration: Pick<Stack['configuration'], 'name'>;
}

/** Returns the name under which the forge shows a status: of stacks that share a repository, with the stack's name. */
export function postedContext({ configuration, sharesRepository }: NamedStack, context: string): string {
  return sharesRepository ? `${context} (${configuration.name})` : context;
}

/** Returns whether another stack of a server has the same repository. */
export function sharesRepository(stack: StackConfiguration, all: readonly StackConfiguration[]): boolean {
  const address = (one: StackConfiguration) =>
    remoteOf(one)
      .toLowerCase()
      .replace(/(?:\.git)?\/*$/, '');
  return all.filter((one) => address(one) === address(stack)).length > 1;
}
