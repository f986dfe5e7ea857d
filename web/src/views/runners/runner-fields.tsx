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
      <Choice name="runUntagged" text="Take jobs without tags" isSet={runner?.runUntagged ?? true} />
      <Choice name="protectedOnly" text="Take jobs of protected refs only" isSet={runner?.protectedOnly} />
      <Choice
        name="sandbox"
        text="Isolates each job, in a container or on its own machine: takes jobs of forks"
        isSet={runner?.sandbox}
      />
      <Count name="concurrency" text="Jobs at once (empty: no limit)" value={runner?.concurrency} />
      <Count name="maximumTimeout" text="Maximum timeout in seconds (empty: none)" value={runner?.maximumTimeout} />
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

function Count({ name, text, value }: { name: string; text: string; value: number | undefined }) {
  return (
    <label>
      {text}
      <input type="number" name={name} min={1} step={1} defaultValue={value?.toString()} />
    </label>
  );
}

/** Returns what a form describes; `null` stands for an empty field. */
export function describedRunner(form: FormData) {
  const text = (name: string) => {
    const value = form.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const count = (name: string) => (text(name) === '' ? null : Number(text(name)));
  return {
    tags: text('tags')
      .split(/[\s,]+/)
      .filter((tag) => tag !== ''),
    runUntagged: form.has('runUntagged'),
    protectedOnly: form.has('protectedOnly'),
    sandbox: form.has('sandbox'),
    concurrency: count('concurrency'),
    maximumTimeout: count('maximumTimeout'),
    note: text('note') || null,
  };
}
