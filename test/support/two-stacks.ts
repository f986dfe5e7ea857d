import { pollStack, type Stack } from '../../src/coordinator/index.ts';
import { openLab, type Lab } from './coordinator.ts';
import { MemoryForge, type Files } from './memory-forge.ts';

interface TwoStacks {
  /** Its stack is `lab`. */
  readonly lab: Lab;
  readonly other: Stack;
  /** Pushes a configuration, and further files, to a branch of the other stack. */
  pushOther(branch: string, pipeline: string, files?: Files): Promise<void>;
  /** Pushes a configuration to the default branch of `lab`. */
  pushLab(pipeline: string): Promise<void>;
}

/** A lab with a second stack, `other`, whose repository is `group/other`. */
export async function openTwoStacks(configuration: Partial<Stack['configuration']> = {}): Promise<TwoStacks> {
  const lab = await openLab();
  const forge = new MemoryForge();
  const own = { name: 'other', remote: 'https://git.example.org/Group/other.git', ...configuration };
  const events = { pushes: false, pullRequests: false, tags: false };
  const other = { ...lab.stack, forge, configuration: { ...lab.stack.configuration, events, ...own } };
  (lab.context.stacks as Map<string, Stack>).set('other', other);
  return {
    lab,
    other,
    pushOther: async (branch, pipeline, files) => {
      const sha = forge.push(branch, { '.gitlab-ci.yml': pipeline, ...files });
      forge.refs.set(`refs/heads/${branch}`, sha);
      forge.happens({ type: 'branch-pushed', branch, sha });
      await pollStack(lab.coordinator, other);
      await lab.coordinator.settle();
    },
    pushLab: (pipeline) => lab.happens(lab.push('main', { '.gitlab-ci.yml': pipeline }).event),
  };
}
