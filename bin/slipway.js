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
  // V8 counts the bytecode that a function has run, and optimizes the function when the count reaches this budget. Most
  // commands end after a quarter of a second, before optimized code pays, and with the default budget a fifth of their CPU time
  // goes into optimizing. Four times the default leaves short commands alone and still optimizes servers.
  setFlagsFromString('--interrupt-budget=540000');
  // Tarballs are compressed on Node's thread pool, which has four threads unless this variable is set before the pool starts.
  // Loading an ES module starts it, so this file is a CommonJS module.
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
  // A pipeline starts these two commands once for each package, so each is a bundle of its own whose bytecode is cached.
  // They answer nobody while they run and need no short pauses, so garbage is collected in one go: collecting it in small steps
  // takes a twentieth more CPU time.
  setFlagsFromString('--no-incremental-marking');
  const { runBundle } = require('./code-cache.js');
  const isHelp = words.some((word) => /^(?:-h|--help)$/.test(word));
  return runBundle(join(__dirname, `../dist/${words[0]}.cjs`), { isStored: !isHelp });
}
