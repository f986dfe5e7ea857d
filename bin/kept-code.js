'use strict';
const { randomUUID } = require('node:crypto');
const {
  accessSync,
  constants: accessModes,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require('node:fs');
const { createRequire } = require('node:module');
const { dirname } = require('node:path');
const { cachedDataVersionTag } = require('node:v8');
const { Script } = require('node:vm');

/** Hexadecimal digits at the end of a bundled program: its digest. */
const DIGEST = 64;
/** Milliseconds after which a run adds what it had to compile itself: each run uses other parts of a program. */
const CURRENT = 600_000;

/**
 * Runs a bundled program (a function of CommonJS, the digest of all before it as the last line) and keeps what V8 compiled of it beside it,
 * so that the next run need not parse and compile it again. Kept code is taken only for the very text that it was made of, which V8
 * itself does not check, and by the very Node. Each of V8's settings and each kind of processor has a file of its own: those that
 * share a folder would otherwise write it anew in turn. Where nothing can be written, nothing is kept. The program may not use
 * `import()`, which kept code has lost.
 */
exports.runKept = (file, { keep }) => {
  const source = readFileSync(file, 'latin1');
  const digest = source.slice(-DIGEST);
  const place = `${file}.${process.version}-${process.arch}-${cachedDataVersionTag()}.code`;
  const kept = readKept(place, digest);
  const script = new Script(source, { filename: file, cachedData: kept?.code });
  const isCurrent = kept !== undefined && !script.cachedDataRejected && Date.now() - kept.written < CURRENT;
  if (keep && !isCurrent && mayWrite(dirname(file)))
    process.on('exit', (status) => {
      if (status === 0) writeKept(place, Buffer.concat([Buffer.from(digest, 'latin1'), script.createCachedData()]));
    });
  const program = { exports: {} };
  script.runInThisContext()(program.exports, createRequire(file), program, file, dirname(file));
};

function mayWrite(folder) {
  try {
    accessSync(folder, accessModes.W_OK);
    return true;
  } catch {
    return false;
  }
}

function readKept(place, digest) {
  try {
    const kept = readFileSync(place);
    if (kept.latin1Slice(0, DIGEST) !== digest) return undefined;
    return { code: kept.subarray(DIGEST), written: statSync(place).mtimeMs };
  } catch {
    return undefined;
  }
}

/** V8 does not notice bytes that are wrong, and crashes: a file that has the name is whole, whatever becomes of the machine. */
function writeKept(place, bytes) {
  const temporary = `${place}.${randomUUID()}`;
  try {
    writeFileSync(temporary, bytes, { flag: 'wx', flush: true });
    renameSync(temporary, place);
  } catch {
    rmSync(temporary, { force: true });
  }
}
