import { useState } from 'preact/hooks';
import type { ChangedPackage } from '../../../../src/protocol/index.ts';
import { go } from '../../router.ts';

/** Asks why a package is rebuilt; its name leads to its row. */
export function WhySearch({ packages }: { packages: readonly ChangedPackage[] }) {
  const [text, setText] = useState('');
  const found = text === '' ? [] : packages.filter(({ name }) => name.startsWith(text)).slice(0, 20);
  const show = (event: Event) => {
    event.preventDefault();
    if (text.trim() !== '') go(`${location.pathname}${location.search}#why=${encodeURIComponent(text.trim())}`);
  };
  return (
    <form class="why-search" role="search" onSubmit={show}>
      <label>
        Why is it rebuilt?{' '}
        <input
          type="search"
          placeholder="Name of a package"
          list="why-names"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <datalist id="why-names">
        {[...new Set(found.map(({ name }) => name))].map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <button type="submit">Show</button>
    </form>
  );
}
