import * as generate from '../commands/generate.ts';
import { runProgram } from '../program.ts';

// Bundled as a whole (scripts/build.ts), so that its compiled code can be kept (bin/kept-code.js).
void runProgram([{ name: 'generate', summary: '', load: () => Promise.resolve(generate) }]);
