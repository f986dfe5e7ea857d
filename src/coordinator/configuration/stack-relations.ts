import * as z from 'zod';

const stacks = z.array(z.string().min(1)).default([]);

/** Settings of a stack that say what other stacks of the server may do with it. */
export const stackRelations = {
  triggeredBy: stacks.describe('Names of stacks whose jobs may start pipelines of this one with `trigger:project`'),
  sharesArtifactsWith: stacks.describe(
    'Names of stacks whose jobs may read artifacts of branches and tags of this one with `needs:project`',
  ),
  includedBy: stacks.describe(
    'Names of stacks whose pipelines may include files of branches and tags of this one with `include:project` or ' +
      '`include:component`',
  ),
};
