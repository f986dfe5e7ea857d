import type { GraphShape } from './graph-layout.ts';
import { layoutJobs } from './layout.ts';

/** Computes the layout of one pipeline outside the page's thread. */
addEventListener('message', ({ data }: MessageEvent<GraphShape>) => {
  const layout = layoutJobs(data);
  const { places, lines } = layout;
  const transfer = [places, lines.ends, lines.starts, lines.points].map(({ buffer }) => buffer as ArrayBuffer);
  postMessage(layout, { transfer });
});
