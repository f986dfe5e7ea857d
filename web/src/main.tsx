import './style/tokens.css';
import './style/base.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { connect } from './live.ts';
import { patterns } from './pages.tsx';
import { startRouter } from './router.ts';
import { loadSession } from './session.ts';
import { applyTheme } from './theme.ts';

applyTheme();
startRouter(patterns);
connect();
loadSession().catch(() => undefined);
render(<App />, document.getElementById('app') as HTMLElement);
