import type { IncludeView } from '../../../src/protocol/index.ts';
import { Section } from './page-parts.tsx';

/** Texts from outside of the repository that a configuration was read from, if there are any. */
export function IncludedTexts({ includes }: { includes: readonly IncludeView[] }) {
  if (includes.length === 0) return null;
  return (
    <Section id="includes" title="Included from elsewhere">
      <ul>
        {includes.map(({ kind, source, resolved, sha256 }) => (
          <li key={`${kind} ${source}`}>
            {kind} <code>{source}</code>
            {resolved !== source && (
              <>
                {' '}
                as <code>{resolved}</code>
              </>
            )}
            , SHA-256 <code title={sha256}>{sha256.slice(0, 12)}</code>
          </li>
        ))}
      </ul>
    </Section>
  );
}
