'use strict';
// Node compiles a program to bytecode each time it starts. For the bundles of `generate` and `rebuild` that takes as long as
// the work of most jobs, so the bytecode is stored beside the bundle and used at the next start. Node has a cache of this
// kind since version 22 (`module.enableCompileCache`); for Node 20 there is the one below.
const { randomUUID } = require('node:crypto');
const fs = require('node:fs');
const { createRequire, enableCompileCache } = require('node:module');
const { dirname, join } = require('node:path');
const { cachedDataVersionTag } = require('node:v8');
const { Script } = require('node:vm');

/** Length of a SHA-256 digest in hexadecimal digits. */
const DIGEST = 64;
/** Milliseconds after which the cache is written again: each run adds bytecode of the functions that only it has called. */
const FRESH = 600_000;

/**
 * Runs a bundle: a CommonJS module whose last line is a comment with the digest of all before it. Unless `isStored` is false, the
 * bytecode is stored for the next run. Where the folder of the bundle is not writable, the bundle runs without a cache.
 */
exports.runBundle = (file, { isStored }) => {
  if (enableCompileCache === undefined) return runWithOwnCache(file, isStored);
  if (isStored) enableCompileCache(join(dirname(file), 'code-cache'));
  require(file);
};

/** The same with a cache of our own, for Node 20. There a bundle that comes from a cache cannot call `import()`. */
function runWithOwnCache(file, isStored) {
  const text = fs.readFileSync(file, 'latin1');
  // V8 does not compare the text itself, so the cache begins with the digest of the text that it belongs to.
  const digest = text.slice(-DIGEST);
  // V8 refuses a cache of another version, of other settings or for another processor. Each of them has a file of its own, or
  // machines that share an installation would replace each other's.
  const cacheFile = `${file}.${process.version}-${process.arch}-${cachedDataVersionTag()}.code`;
  const cache = readCache(cacheFile, digest);
  const script = new Script(asFunction(text), { filename: file, cachedData: cache?.bytecode });
  const isFresh = cache !== undefined && !script.cachedDataRejected && Date.now() - cache.writtenAt < FRESH;
  if (isStored && !isFresh && isWritable(dirname(file)))
    process.on('exit', (status) => {
      if (status !== 0) return;
      writeCache(cacheFile, Buffer.concat([Buffer.from(digest, 'latin1'), script.createCachedData()]));
    });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
}

/** The function that Node makes of a CommonJS module. */
function asFunction(text) {
  return `(function (exports, require, module, __filename, __dirname) {${text}\n})`;
}

function isWritable(folder) {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function readCache(cacheFile, digest) {
  try {
    const bytes = fs.readFileSync(cacheFile);
    if (bytes.latin1Slice(0, DIGEST) !== digest) return undefined;
    return { bytecode: bytes.subarray(DIGEST), writtenAt: fs.statSync(cacheFile).mtimeMs };
  } catch {
    return undefined;
  }
}

/** V8 crashes on damaged bytecode, so the file gets its name only when all of it is on the disk. */
function writeCache(cacheFile, bytes) {
  const temporary = `${cacheFile}.${randomUUID()}`;
  try {
    fs.writeFileSync(temporary, bytes, { flag: 'wx', flush: true });
    fs.renameSync(temporary, cacheFile);
  } catch {
    fs.rmSync(temporary, { force: true });
  }
}
