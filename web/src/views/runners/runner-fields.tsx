import type { RunnerView } from '../../../../src/protocol/index.ts';

/** The fields of a form that describes a runner; those of a new one have also its name. */
export function RunnerFields({ runner }: { readonly runner: RunnerView | undefined }) {
  return (
    <>
      {runner === undefined && (
        <label>
          Name
          <input name="name" required maxLength={255} autocomplete="off" />
        </label>
      )}
      <label>
        Tags, with spaces between them
        <input name="tags" defaultValue={runner?.tags.join(' ')} autocomplete="off" />
      </label>
      <label>
        Stacks, with spaces between them (*: all)
        <input name="stacks" required defaultValue={runner?.stacks.join(' ') ?? '*'} autocomplete="off" />
      </label>
      <Choice name="runUntagged" text="Take jobs without tags" isSet={runner?.runUntagged ?? true} />
      <Choice name="protectedOnly" text="Take jobs of protected refs only" isSet={runner?.protectedOnly} />
      <Choice
        name="sandbox"
        text="Isolates each job, in a container or on its own machine: takes jobs of forks"
        isSet={runner?.sandbox}
      />
      <Choice
        name="trusted"
        text="What it builds for pull requests may be promoted: it must isolate jobs"
        isSet={runner?.trusted}
      />
      <NumberField name="concurrency" text="Jobs at once (empty: no limit)" value={runner?.concurrency} />
      <NumberField
        name="cores"
        text="Cores of one of its jobs, for quotas (empty: 1)"
        value={runner?.cores}
        isFraction
      />
      <NumberField
        name="maximumTimeout"
        text="Maximum timeout in seconds (empty: none)"
        value={runner?.maximumTimeout}
      />
      <label>
        Note for administrators
        <textarea name="note" rows={2} maxLength={1000} defaultValue={runner?.origin?.note} />
      </label>
    </>
  );
}

function Choice({ name, text, isSet = false }: { name: string; text: string; isSet?: boolean }) {
  return (
    <label>
      <input type="checkbox" name={name} defaultChecked={isSet} />
      {text}
    </label>
  );
}

interface NumberOptions {
  readonly name: string;
  readonly text: string;
  readonly value: number | undefined;
  /** Whether it may be a fraction. */
  readonly isFraction?: boolean;
}

function NumberField({ name, text, value, isFraction = false }: NumberOptions) {
  const range = isFraction ? { min: 0.01, step: 'any' } : { min: 1, step: 1 };
  return (
    <label>
      {text}
      <input type="number" name={name} {...range} defaultValue={value?.toString()} />
    </label>
  );
}

/** Returns what a form describes; `null` stands for an empty field. */
export function describedRunner(form: FormData) {
  const text = (name: string) => {
    const value = form.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const names = (name: string) =>
    text(name)
      .split(/[\s,]+/)
      .filter((one) => one !== '');
  const number = (name: string) => (text(name) === '' ? null : Number(text(name)));
  return {
    tags: names('tags'),
    stacks: names('stacks'),
    runUntagged: form.has('runUntagged'),
    protectedOnly: form.has('protectedOnly'),
    sandbox: form.has('sandbox'),
    trusted: form.has('trusted'),
    concurrency: number('concurrency'),
    cores: number('cores'),
    maximumTimeout: number('maximumTimeout'),
    note: text('note') || null,
  };
}
