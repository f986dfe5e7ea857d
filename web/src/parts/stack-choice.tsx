import { session } from '../session.ts';

interface StackChoiceOptions {
  /** Empty for all stacks. */
  readonly stack: string;
  readonly onChoice: (stack: string) => void;
}

/** Chooses one of the stacks that the person may read; nothing where there is only one. */
export function StackChoice({ stack, onChoice }: StackChoiceOptions) {
  const readable = Object.keys(session.value?.stacks ?? {});
  const names = stack === '' || readable.includes(stack) ? readable : [...readable, stack];
  if (names.length < 2 && stack === '') return null;
  return (
    <label>
      Stack{' '}
      <select value={stack} onChange={(event) => onChoice(event.currentTarget.value)}>
        <option value="">all</option>
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
