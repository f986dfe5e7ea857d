import type { ComponentChildren } from 'preact';
import '../style/switch.css';

interface SwitchOptions<T extends string> {
  /** Name of the group for screen readers. */
  readonly label: string;
  readonly choices: readonly T[];
  readonly chosen: T | undefined;
  readonly onChoose: (choice: T) => void;
  /** The text of a button; the choice itself if absent. */
  readonly text?: (choice: T) => ComponentChildren;
  /** `switch` if absent: buttons that touch each other. */
  readonly class?: string;
}

/** One of several choices, a button for each. */
export function Switch<T extends string>({ label, choices, chosen, onChoose, ...look }: SwitchOptions<T>) {
  const { text = (choice: T) => choice, class: name = 'switch' } = look;
  return (
    <div class={name} role="group" aria-label={label}>
      {choices.map((one) => (
        <button key={one} type="button" aria-pressed={one === chosen} onClick={() => onChoose(one)}>
          {text(one)}
        </button>
      ))}
    </div>
  );
}
