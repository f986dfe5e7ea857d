import { defineConfig } from 'vite';

/** `npx vite web` serves the page alone while it is worked on, with a server of `npm run dev` behind it. */
// oxlint-disable-next-line import/no-default-export -- Vite asks for one
export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
  logLevel: 'warn',
});
