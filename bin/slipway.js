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
  // Most runs of `rebuild` end before any flag would pay.
  if (words[0] !== 'rebuild') setFlags();
  if (words[0] !== 'generate' && words[0] !== 'rebuild') return import('../dist/start.js');
  // A pipeline starts these two commands once for each package, so each is a bundle of its own whose bytecode is cached.
  const { runBundle } = require('./code-cache.js');
  const isHelp = words.some((word) => /^(?:-h|--help)$/.test(word));
  return runBundle(join(__dirname, `../dist/${words[0]}.cjs`), { isStored: !isHelp });
}

function setFlags() {
  // With other flags than its own, V8 does not take the bytecode that Node has of its modules: those that every command needs
  // are loaded before.
  for (const name of [
    'child_process',
    'crypto',
    'fs/promises',
    'module',
    'readline/promises',
    'stream/promises',
    'vm',
    'zlib',
  ])
    require(`node:${name}`);
  const { setFlagsFromString } = require('node:v8');
  // V8 13 (Node.js 24) counts calls instead, and reports a flag that it does not know on stderr.
  const hasBudget = Number.parseInt(process.versions.v8) < 13;
  // V8 counts the bytecode that a function has run, and optimizes the function when the count reaches this budget. Most
  // commands end after a quarter of a second, before optimized code pays, and with the default budget a fifth of their CPU time
  // goes into optimizing. Four times the default leaves short commands alone and still optimizes servers.
  if (words[0] !== 'generate') return hasBudget && setFlagsFromString('--interrupt-budget=540000');
  // `generate` of a lock of 5,000 packages still ends within half a second of CPU time. It serves no requests and needs no
  // short pauses, so garbage is collected in one go and by one thread: small steps and threads that wait for each other take a
  // tenth more CPU time.
  if (hasBudget) setFlagsFromString('--interrupt-budget=4000000');
  for (const flag of ['--no-incremental-marking', '--no-parallel-scavenge']) setFlagsFromString(flag);
}
