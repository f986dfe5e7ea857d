import { useEffect } from 'preact/hooks';
import { connection, watch } from './live.ts';
import { Page } from './pages.tsx';
import { Account } from './parts/account.tsx';
import { Navigation } from './parts/navigation.tsx';
import { route, type Route } from './router.ts';
import { nextTheme, theme } from './theme.ts';
import './style/frame.css';

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
        <Navigation />
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

/** The page of a route. Its events are those of the stack or pipeline that the path names. */
function View({ route: at }: { route: Route | undefined }) {
  const key = JSON.stringify(at);
  useEffect(() => {
    const { stack, id } = at?.params ?? {};
    if (at?.pattern === '/jobs/:id') return;
    watch(at?.pattern === '/pipelines/:id' ? { pipeline: id } : { stack });
  }, [key]);
  return <Page key={key} route={at} />;
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
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true" class="brand-mark">
      <path d="M3 26 29 18.5" class="slip" />
      <path d="M5.5 16.6 26.5 10.4 23.6 17.6 9.4 21.6Z" class="hull" />
      <path d="M15 13V5l6 6" class="sail" />
    </svg>
  );
}
