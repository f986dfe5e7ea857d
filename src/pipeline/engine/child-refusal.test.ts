import { expect, test } from 'vitest';
import { childRefusal } from './child-refusal.ts';

test('children are nested two levels deep', () => {
  expect(childRefusal({ depth: 0, pipelines: 1 })).toBeUndefined();
  expect(childRefusal({ depth: 1, pipelines: 2 })).toBeUndefined();
  expect(childRefusal({ depth: 2, pipelines: 3 })?.reason).toBe('reached_max_descendant_pipelines_depth');
});

test('a pipeline has a thousand below it', () => {
  expect(childRefusal({ depth: 0, pipelines: 1000 })).toBeUndefined();
  expect(childRefusal({ depth: 0, pipelines: 1001 })?.reason).toBe('reached_max_pipeline_hierarchy_size');
});
