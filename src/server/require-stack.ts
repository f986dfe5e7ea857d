import { coordinatorError, type CoordinatorContext, type Stack } from '../coordinator/index.ts';
import { suggestion } from '../kit/index.ts';

/** Returns the stack of a name. If there is none, throws an error that suggests a similar name. */
export function requireStack({ stacks }: Pick<CoordinatorContext, 'stacks'>, name: string): Stack {
  const stack = stacks.get(name);
  if (stack !== undefined) return stack;
  throw coordinatorError('STACK_UNKNOWN', { stack: name.slice(0, 100) }, { hint: suggestion(name, stacks.keys()) });
}
