import type { PipelineDetail } from '../../../src/protocol/index.ts';
import { layoutJobs } from './layout.ts';

/** Places the jobs of one pipeline, beside the page's own thread, and answers with the layout. */
addEventListener('message', ({ data }: MessageEvent<PipelineDetail>) => postMessage(layoutJobs(data)));
