import * as generate from '../commands/generate.ts';
import { runSlipway } from '../program.ts';

// Bundled as a whole (scripts/build.ts), so that its bytecode can be cached (bin/code-cache.js).
void runSlipway([{ name: 'generate', summary: '', usesSpack: true, load: () => Promise.resolve(generate) }]);
