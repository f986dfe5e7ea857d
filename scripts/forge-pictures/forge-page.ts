import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { marked } from 'marked';
import type { PicturedCheck } from './pictured-forge.ts';

/** Makes a page of a text that a forge shows; it follows the color scheme of the reader. */
export async function forgePage(body: string): Promise<string> {
  const css = await readFile(createRequire(import.meta.url).resolve('github-markdown-css/github-markdown.css'), 'utf8');
  // Texts can hold no scripts, frames or pictures, as at a forge.
  const policy = `default-src 'none'; style-src 'unsafe-inline'`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}"><style>${css}${frame}</style></head>
<body class="markdown-body">${body}</body></html>`;
}

export function commentBody(comment: string): string {
  return `<article><header><span><b>slipway</b> commented</span></header><div>${gfm(comment)}</div></article>`;
}

export function checkBody({ name, title, summary, actions, annotations }: PicturedCheck): string {
  const buttons = actions.map((action) => `<button>${action.replace(/^./, (letter) => letter.toUpperCase())}</button>`);
  const remarks = annotations.map(
    (
      one,
    ) => `<section class="${escaped(one.annotation_level)}"><p><code>${escaped(one.path)}</code>, line ${one.start_line}</p>
<p><b>${escaped(one.title ?? '')}</b></p><pre>${escaped(one.message)}</pre></section>`,
  );
  return `<article><header><b>${escaped(name)}</b><span>${buttons.join('')}</span></header>
<div><h2>${escaped(title)}</h2>${gfm(summary)}<h3>Annotations</h3>${remarks.join('')}</div></article>`;
}

/** GitHub breaks lines in comments and checks where the text does. */
const gfm = (text: string): string => marked.parse(text, { async: false, gfm: true, breaks: true });

const escaped = (text: string) => text.replaceAll(/[&<>"]/g, (letter) => `&#${letter.codePointAt(0)};`);

const frame = `
body.markdown-body { margin: 0; padding: 16px; box-sizing: border-box; }
article { border: 1px solid var(--borderColor-default, #8886); border-radius: 6px; overflow: hidden; }
article > header { display: flex; justify-content: space-between; align-items: center; padding: 8px 16px;
  background: var(--bgColor-muted); border-bottom: 1px solid var(--borderColor-default, #8886); }
article > header b + span { margin-left: auto; }
article > div { padding: 16px; }
article > div > :first-child { margin-top: 0; }
article button { font: inherit; font-size: 13px; font-weight: 600; padding: 3px 12px; border-radius: 6px;
  border: 1px solid var(--borderColor-default, #8886); background: var(--bgColor-default); color: inherit; }
section { border: 1px solid var(--borderColor-default, #8886); border-left: 4px solid #bf8700; border-radius: 6px;
  padding: 12px 16px 0; margin-bottom: 12px; }
section.failure { border-left-color: #d1242f; }
section p { margin-bottom: 6px !important; }
section pre { white-space: pre-wrap; }
`;
