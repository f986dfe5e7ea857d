import type { PipelineDetail } from '../../../src/protocol/index.ts';
import { layoutJobs } from './layout.ts';

/** Computes the layout of one pipeline outside the page's thread. */
addEventListener('message', ({ data }: MessageEvent<PipelineDetail>) => postMessage(layoutJobs(data)));
