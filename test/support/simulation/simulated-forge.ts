import type { CommitStatus, Forge } from '../../../src/forge/index.ts';
import type { MemoryForge } from '../memory-forge.ts';
import { delay, type Network } from './network.ts';
import type { Random } from './random.ts';
import type { ServerProcess } from './server-process.ts';

/** Thrown by a call to the forge that fails. */
export class Unreachable extends Error {}

interface Link {
  readonly network: Network;
  readonly random: Random;
  readonly process: ServerProcess;
  posted(status: CommitStatus): void;
}

/**
 * The forge as one process of the server sees it: calls take time and fail, and posting a status may fail before or
 * after the forge stores it. The process may die before and after each call.
 */
export function forgeOf(forge: MemoryForge, { network, random, process, posted }: Link): Forge {
  const reach = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    process.step();
    if (network.isFaulty && random.chance(0.1)) await delay(random.between(1, 3000));
    process.step();
    if (network.isFaulty && random.chance(0.02)) throw new Unreachable('the forge cannot be reached');
    const answer = await call();
    process.step();
    return answer;
  };
  return {
    kind: 'git',
    words: forge.words,
    repository: '',
    poll: (known) => reach(() => forge.poll(known)),
    mergeForTest: (request) => reach(() => forge.mergeForTest(request)),
    commit: (sha) => reach(() => forge.commit(sha)),
    readFile: (sha, path) => reach(() => forge.readFile(sha, path)),
    readFiles: (sha, path) => reach(() => forge.readFiles(sha, path)),
    listFiles: (sha) => reach(() => forge.listFiles(sha)),
    changedPaths: (sha, from) => reach(() => forge.changedPaths(sha, from)),
    branchesWith: (sha) => reach(() => forge.branchesWith(sha)),
    keep: (pipeline, sha) => reach(() => forge.keep(pipeline, sha)),
    post: (status) =>
      reach(async () => {
        const fate = network.isFaulty ? random.next() : 1;
        if (fate < 0.03) throw new Unreachable('the forge cannot be reached');
        await forge.post(status);
        posted(status);
        if (fate < 0.1) throw new Error('the answer of the forge was lost');
      }),
  };
}
