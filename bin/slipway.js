#!/usr/bin/env node
// `--version` is answered before anything else is read: `slipway --version` must cost no more than starting Node.
import { readFileSync } from 'node:fs';

const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  process.stdout.write(`${version}\n`);
} else {
  await import('../dist/start.js').catch((error) => {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.url ?? error.message).includes('dist/start.js'))
      throw error;
    process.stderr.write('error: Slipway is not built in this checkout\nhint: Run `npm run build`\n');
    process.exitCode = 1;
  });
}
