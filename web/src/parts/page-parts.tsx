import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiFailure } from '../api.ts';

export function Crumbs({ steps }: { steps: readonly (readonly [text: string, address?: string])[] }) {
  return (
    <nav class="crumbs" aria-label="Where you are">
      <ol>
        {steps.map(([text, address]) => (
          <li key={text}>
            {address === undefined ? <span aria-current="page">{text}</span> : <a href={address}>{text}</a>}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** Until there is something to show: nothing for a moment, then that it is on its way, or why it is not. */
export function Waiting({ failure }: { failure?: Error }) {
  if (failure === undefined) return <p class="waiting">Loading…</p>;
  const hint =
    failure instanceof ApiFailure ? failure.problem.hint : 'The page tries again as soon as the server answers.';
  return (
    <div class="problem" role="alert">
      <p>{failure instanceof ApiFailure ? failure.message : 'The server does not answer.'}</p>
      {hint !== undefined && <p class="faint">{hint}</p>}
    </div>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** Pairs of a word and what it is. */
export function Facts({ facts }: { facts: readonly (readonly [string, ComponentChildren | undefined])[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== undefined && value !== '')
        .map(([word, value]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** A command or digest to be taken along. */
export function Copyable({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <div class="copyable">
      <code>{text}</code>
      <button
        type="button"
        aria-label={`Copy ${label}`}
        onClick={() => void navigator.clipboard?.writeText(text).then(() => setCopied(true))}
      >
        {copied ? 'copied' : 'copy'}
      </button>
    </div>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' ? 'Slipway' : `${title} · Slipway`;
  }, [title]);
}
