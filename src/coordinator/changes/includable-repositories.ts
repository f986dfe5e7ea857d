import type { OwnRepositories, RepositoryFiles } from '../../includes/index.ts';
import type { ForgeRecords, Stack, StackRegistry } from '../context.ts';
import { stackOfProject } from './stack-of-project.ts';

type Context = ForgeRecords & StackRegistry;

const SHA = /^[0-9a-f]{40,64}$/;

/**
 * Returns the repositories that pipelines of a stack may include from: its own, and those of the stacks that allow it,
 * as the last poll of their forges found them.
 */
export function includableRepositories(context: Context, { configuration: { name } }: Stack): OwnRepositories {
  return (project) => {
    const stack = stackOfProject(context, project);
    if (stack === undefined) return undefined;
    const { name: owner, includedBy } = stack.configuration;
    return owner === name || includedBy.includes(name) ? branchFiles(context, stack) : undefined;
  };
}

/** Commits on no branch or tag are left out: outsiders may have pushed them. */
function branchFiles({ ledger }: ForgeRecords, { configuration, forge }: Stack): RepositoryFiles {
  const { name, defaultBranch } = configuration;
  const isOnBranch = async (sha: string) => (await forge.branchesWith(sha).catch(() => [])).length > 0;
  return {
    commit: async (_, ref) => {
      const refs = ledger.knownRefs(name);
      const sha = refs.get(`refs/heads/${ref === 'HEAD' ? defaultBranch : ref}`) ?? refs.get(`refs/tags/${ref}`);
      if (sha !== undefined) return (await forge.commit(sha)).sha;
      return SHA.test(ref) && (await isOnBranch(ref)) ? ref : undefined;
    },
    read: async ({ commit, path }) => (await forge.readFile(commit, path))?.toString('utf8'),
    tags: async () =>
      [...ledger.knownRefs(name).keys()]
        .filter((ref) => ref.startsWith('refs/tags/'))
        .map((ref) => ref.slice('refs/tags/'.length)),
  };
}
