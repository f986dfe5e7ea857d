import { coordinatorError, type Coordinator } from '../coordinator/index.ts';
import { suggestion, type SlipwayError } from '../kit/index.ts';

/** That there is no stack of a name, with the one that was probably meant. */
export function unknownStack({ context }: Pick<Coordinator, 'context'>, name: string): SlipwayError {
  return coordinatorError(
    'STACK_UNKNOWN',
    { stack: name.slice(0, 100) },
    { hint: suggestion(name, context.stacks.keys()) },
  );
}

/** Refuses the name of a stack that is not there; none at all stands for every stack. */
export function requireStack(coordinator: Pick<Coordinator, 'context'>, name: string | undefined): void {
  if (name !== undefined && !coordinator.context.stacks.has(name)) throw unknownStack(coordinator, name);
}
