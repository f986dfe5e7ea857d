import * as rebuild from '../commands/rebuild.ts';
import { runProgram } from '../program.ts';

// Bundled as a whole (scripts/build.ts), so that its compiled code can be kept (bin/kept-code.js).
void runProgram([{ name: 'rebuild', summary: '', load: () => Promise.resolve(rebuild) }]);
