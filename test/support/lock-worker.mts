import { lockDataFolder } from '../../src/store/index.ts';

/** Takes the lock of a data folder, or gives it back, whenever its parent says so, and says what came of it. */
let lock: ReturnType<typeof lockDataFolder> | undefined;
process.on('message', (word) => {
  try {
    if (word === 'take') lock = lockDataFolder(process.argv[2] as string);
    else lock?.release();
    process.send?.(word);
  } catch (error) {
    process.send?.((error as { code?: string }).code ?? String(error));
  }
});
process.send?.('ready');
