const LEVEL = 3;

/** One state for the whole process, so compressions take turns. */
let tail: Promise<unknown> = Promise.resolve();

/**
 * Compresses with zstd, level 3: the same bytes on every machine, as the code is WebAssembly. Calls wait for each
 * other; a caller that stops reading lets the next one begin.
 */
export async function* zstdCompressed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const before = tail;
  let finish = (): void => undefined;
  tail = new Promise<void>((resolve) => (finish = resolve));
  await before;
  try {
    // Loaded when it is used: it is large, and most images need none of it.
    const { Zstd } = await import('@hpcc-js/wasm-zstd');
    const zstd = await Zstd.load();
    zstd.reset();
    zstd.setCompressionLevel(LEVEL);
    for await (const chunk of source) {
      const out = zstd.compressChunk(chunk);
      if (out.length > 0) yield Buffer.from(out);
    }
    yield Buffer.from(zstd.compressEnd());
  } finally {
    finish();
  }
}
