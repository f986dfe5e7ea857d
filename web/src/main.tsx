import { render } from 'preact';
import { App } from './app.tsx';
import { connect } from './live.ts';
import { startRouter } from './router.ts';
import { loadSession } from './session.ts';
import { applyTheme } from './theme.ts';
import './style/base.css';
import './style/parts.css';
import './style/views.css';
import './style/log.css';

applyTheme();
startRouter();
connect();
loadSession().catch(() => undefined);
render(<App />, document.getElementById('app') as HTMLElement);
