import type { NamedSecrets } from '../../kit/index.ts';
import type { Stack } from '../context.ts';

/** Returns the secrets of a stack, which no image of it may contain, by the names of their variables. */
export function secretsOfStack({ secrets }: Pick<Stack, 'secrets'>): NamedSecrets {
  return secrets.map(({ name, value }) => [name, value] as const);
}
