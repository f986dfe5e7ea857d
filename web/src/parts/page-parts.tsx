import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiFailure } from '../api.ts';
import { shortSha } from '../format.ts';
import { SignIn } from './account.tsx';
import { CodeText } from './code-text.tsx';
import '../style/page-parts.css';

export function Crumbs({ steps }: { steps: readonly (readonly [text: string, address?: string])[] }) {
  return (
    <nav class="crumbs" aria-label="Breadcrumbs">
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

/** Stands for content that is loading, or could not be loaded. */
export function Waiting({ failure }: { failure?: Error }) {
  if (failure === undefined) return <p class="waiting">Loading…</p>;
  const hint = failure instanceof ApiFailure ? failure.problem.hint : 'The page loads as soon as the server answers.';
  return (
    <div class="problem" role="alert">
      <p>
        <CodeText text={failure instanceof ApiFailure ? failure.message : 'The server does not answer.'} />
      </p>
      {hint !== undefined && (
        <p class="faint">
          <CodeText text={hint} />
        </p>
      )}
      {failure instanceof ApiFailure && failure.status === 401 && <SignIn onDone={() => location.reload()} />}
    </div>
  );
}

/** A part of the page with a heading. */
export function Section(options: { id: string; title: string; class?: string; children: ComponentChildren }) {
  const { id, title, class: look, children } = options;
  return (
    <section class={look} aria-labelledby={id}>
      <h2 id={id}>
        <CodeText text={title} />
      </h2>
      {children}
    </section>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** Names and their values; those without a value (`undefined`, `false` or empty text) are left out. */
export function Facts({ facts }: { facts: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== undefined && value !== false && value !== '')
        .map(([word, value]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** A commit, which leads to its page at the forge where there is one. */
export function Commit({ sha, url }: { sha: string; url: string | undefined }) {
  const text = <code title={sha}>{shortSha(sha)}</code>;
  return url === undefined ? text : <a href={url}>{text}</a>;
}

/** A command or digest with a button that copies it. */
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
