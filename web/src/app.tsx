import { useEffect } from 'preact/hooks';
import { connection, watch } from './live.ts';
import { route, type Route } from './router.ts';
import { nextTheme, theme } from './theme.ts';
import { AuditView } from './views/audit.tsx';
import { Account } from './parts/account.tsx';
import { ImagePage } from './views/image.tsx';
import { JobPage } from './views/job.tsx';
import { PackagesView } from './views/packages.tsx';
import { PipelinePage } from './views/pipeline.tsx';
import { RequestPage } from './views/request.tsx';
import { StackPage } from './views/stack.tsx';
import { StacksView } from './views/stacks.tsx';

export function App() {
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href="/">
          <Mark />
          Slipway
        </a>
        <a href="/audit">Audit log</a>
        <a href="/docs/">Documentation</a>
        <Connection />
        <Account />
        <button type="button" class="plain" onClick={nextTheme}>
          <span class="visually-hidden">Colours: </span>
          {theme.value === 'system' ? '◐ auto' : theme.value === 'light' ? '○ light' : '● dark'}
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        <View route={route.value} />
      </main>
    </>
  );
}

function View({ route: at }: { route: Route }) {
  useEffect(() => {
    if (at.view === 'stack' || at.view === 'request') watch({ stack: at.stack });
    else if (at.view !== 'pipeline' && at.view !== 'job') watch({});
  }, [at]);
  switch (at.view) {
    case 'stacks':
      return <StacksView />;
    case 'stack':
      return <StackPage name={at.stack} />;
    case 'packages':
      return <PackagesView stack={at.stack} request={at.request} />;
    case 'request':
      return <RequestPage key={`${at.stack} ${at.number}`} stack={at.stack} number={at.number} />;
    case 'pipeline':
      return <PipelinePage key={at.id} id={at.id} />;
    case 'job':
      return <JobPage key={at.id} id={at.id} />;
    case 'audit':
      return <AuditView />;
    case 'image':
      return <ImagePage id={at.id} />;
    case 'nowhere':
      return (
        <>
          <h1>Page not found</h1>
          <p>
            <a href="/">All stacks</a>
          </p>
        </>
      );
  }
}

function Connection() {
  const state = connection.value;
  const text = state === 'live' ? 'live' : state === 'connecting' ? 'connecting…' : 'reconnecting…';
  return (
    <p class={`connection ${state}`} role="status">
      <span aria-hidden="true">{state === 'live' ? '●' : '○'}</span> {text}
    </p>
  );
}

/** A hull on its slip. */
function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true" class="mark">
      <path d="M3 26 29 18.5" class="slip" />
      <path d="M5.5 16.6 26.5 10.4 23.6 17.6 9.4 21.6Z" class="hull" />
      <path d="M15 13V5l6 6" class="sail" />
    </svg>
  );
}
