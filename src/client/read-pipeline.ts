import { wholePipeline, type PipelineDetail } from '../protocol/index.ts';
import { requestJson, type ServerAccess } from './request.ts';

/** Reads a pipeline with its children and all of their jobs. */
export function readPipeline(server: ServerAccess, id: string): Promise<PipelineDetail> {
  return wholePipeline(id, (path) => requestJson(server, `/api/v1${path}`));
}
