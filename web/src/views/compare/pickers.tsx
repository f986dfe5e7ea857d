import { useState } from 'preact/hooks';
import type { StackView } from '../../../../src/protocol/index.ts';
import { addressWith } from '../../query-state.ts';
import { go } from '../../router.ts';

/** A text that names a side, and what it is. */
interface Choice {
  readonly value: string;
  readonly label: string;
}

interface PickersOptions {
  /** Undefined until it is loaded. */
  readonly stack: StackView | undefined;
  readonly from: string;
  readonly to: string;
}

/** Chooses what is compared: one of the stack's branches, requests, images and pipelines, or any other name. */
export function ComparePickers({ stack, from, to }: PickersOptions) {
  const [first, setFirst] = useState(from);
  const [second, setSecond] = useState(to);
  const show = (one: string, other: string) => {
    const half = new URL(addressWith(location.href, { name: 'from', value: one.trim() }), location.href);
    go(addressWith(half.href, { name: 'to', value: other.trim() }));
  };
  return (
    <form
      class="compare-form"
      onSubmit={(event) => {
        event.preventDefault();
        show(first, second);
      }}
    >
      <Field label="From" value={first} onInput={setFirst} />
      <button type="button" aria-label="Exchange the sides" onClick={() => show(second, first)}>
        ⇄
      </button>
      <Field label="To" value={second} onInput={setSecond} />
      <button type="submit">Compare</button>
      <datalist id="compare-choices">
        {choicesOf(stack).map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </datalist>
    </form>
  );
}

function Field(options: { label: string; value: string; onInput: (value: string) => void }) {
  const { label, value, onInput } = options;
  return (
    <label>
      {label}{' '}
      <input
        list="compare-choices"
        required
        placeholder="main, pull/7, image:1"
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}

function choicesOf(stack: StackView | undefined): readonly Choice[] {
  if (stack === undefined) return [];
  return [
    ...stack.branches.map(({ name }) => ({ value: name, label: 'branch' })),
    ...stack.requests.map(({ number, title }) => ({ value: `pull/${number}`, label: title })),
    ...stack.images
      .filter(({ pipeline }) => pipeline !== undefined)
      .map(({ id, repository, tag }) => ({ value: `image:${id}`, label: `${repository}:${tag}` })),
    ...stack.pipelines
      .filter(({ lockDigest }) => lockDigest !== undefined)
      .map(({ id, ref }) => ({ value: `pipeline:${id}`, label: `pipeline of ${ref}` })),
  ];
}
