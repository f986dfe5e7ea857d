#!/usr/bin/env node
'use strict';
// `--version` is answered before anything else is read: `slipway --version` must cost no more than starting Node.
const { readFileSync } = require('node:fs');
const { availableParallelism } = require('node:os');
const { join } = require('node:path');

const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'));
  process.stdout.write(`${version}\n`);
} else {
  // Tarballs are compressed on Node's threads, of which it makes four unless told before it makes the first. It does that when
  // it loads an ES module, and so this file is none.
  // oxlint-disable-next-line node/no-process-env
  process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, availableParallelism()));
  import('../dist/start.js').catch((error) => {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.url ?? error.message).includes('dist/start.js'))
      throw error;
    process.stderr.write('error: Slipway is not built in this checkout\nhint: Run `npm run build`\n');
    process.exitCode = 1;
  });
}
