import { useEffect, useState } from 'preact/hooks';
import { route } from '../router.ts';
import { isAdministrator } from '../session.ts';
import '../style/navigation.css';

const entries = [
  ['Stacks', '/'],
  ['Runners', '/runners'],
  ['Queue', '/queue'],
  ['Trends', '/trends'],
  ['Activity', '/activity'],
  ['Settings', '/settings'],
  ['Documentation', '/docs/'],
] as const;

/** The main pages. On a phone a button opens them. */
export function Navigation() {
  const [isOpen, setOpen] = useState(false);
  const at = route.value;
  useEffect(() => setOpen(false), [at]);
  return (
    <nav class="navigation" aria-label="Main" onKeyDown={({ key }) => key === 'Escape' && setOpen(false)}>
      <button type="button" aria-expanded={isOpen} aria-controls="navigation" onClick={() => setOpen(!isOpen)}>
        Menu
      </button>
      <ul id="navigation" class={isOpen ? 'open' : undefined}>
        {entries
          .filter(([word]) => word !== 'Settings' || isAdministrator())
          .map(([word, address]) => (
            <li key={address}>
              <a href={address} aria-current={at?.pattern === address ? 'page' : undefined}>
                {word}
              </a>
            </li>
          ))}
      </ul>
    </nav>
  );
}
