import { z } from 'zod';
import { ImageView } from './image-view.ts';
import { PipelineView } from './pipeline-view.ts';
import { StatusView } from './status-view.ts';

/** A stack that the server looks after, with its pipelines (the newest first), statuses and images. */
export const StackView = z.object({
  name: z.string(),
  /** Without credentials. */
  remote: z.string(),
  defaultBranch: z.string(),
  pipelines: z.array(PipelineView),
  statuses: z.array(StatusView),
  images: z.array(ImageView),
});
export type StackView = z.infer<typeof StackView>;
