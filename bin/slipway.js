#!/usr/bin/env node
'use strict';
// `--version` is answered before anything else is read: `slipway --version` must cost no more than starting Node.
const { readFileSync } = require('node:fs');
const { availableParallelism } = require('node:os');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');

const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'));
  process.stdout.write(`${version}\n`);
} else {
  // Most commands live a quarter of a second: what V8 would optimize in that time is not run again, and the optimizer takes a
  // fifth of all the work. Four times the usual budget leaves it to what runs on.
  setFlagsFromString('--interrupt-budget=540000');
  // Tarballs are compressed on Node's threads, of which it makes four unless told before it makes the first. It does that when
  // it loads an ES module, and so this file is none.
  // oxlint-disable-next-line node/no-process-env
  process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, availableParallelism()));
  start().catch((error) => {
    if (
      !['ENOENT', 'ERR_MODULE_NOT_FOUND'].includes(error?.code) ||
      !String(error.url ?? error.message).includes('dist/')
    )
      throw error;
    process.stderr.write('error: Slipway is not built in this checkout\nhint: Run `npm run build`\n');
    process.exitCode = 1;
  });
}

async function start() {
  if (words[0] !== 'generate' && words[0] !== 'rebuild') return import('../dist/start.js');
  // A pipeline starts these two once for each package: they are programs of their own, whose compiled code is kept.
  // Nobody waits for their answers, so the collector may stop them: marking beside the work takes a twentieth of all.
  setFlagsFromString('--no-incremental-marking');
  const { runKept } = require('./kept-code.js');
  return runKept(join(__dirname, `../dist/${words[0]}.cjs`), {
    keep: !words.some((word) => /^(?:-h|--help)$/.test(word)),
  });
}
