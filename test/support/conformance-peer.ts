import { execa } from 'execa';
import type { Peer } from '../../bench/engine-peer.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { inCaseFolder, sharedFolder } from './conformance-run.ts';

/** What the output of either program shows of a job. */
export type PeerStatus = 'success' | 'allowed' | 'failed' | 'not run';

export interface PeerRun {
  readonly jobs: Readonly<Record<string, PeerStatus>>;
  readonly output: ReadonlyMap<string, readonly string[]>;
  /** All that it printed, for the message of a failure. */
  readonly text: string;
}

const WORDS = { PASS: 'success', WARN: 'allowed', FAIL: 'failed' } as const;
const PLAIN = ['--force-shell-executor', '--no-color', '--no-json-schema-validation'];
const SAME: Readonly<Record<string, string>> = { '--play': '--manual', '--secret': '--variable' };

/** Runs a case with gitlab-ci-local, in a repository of its own that has a remote, as it insists on. */
export async function runPeer(peer: Peer, one: ConformanceCase): Promise<PeerRun> {
  return inCaseFolder(one, async (folder, temporary) => {
    await execa('git', ['-C', folder, 'remote', 'add', 'origin', 'https://example.org/lab/stack.git']);
    const given = (one.run?.arguments ?? []).map((word) => SAME[word] ?? word);
    const words = [...PLAIN, ...sharedFolder(one, temporary), ...given];
    const { file, words: all, environment } = peer.run(folder, { isInPlace: false, words });
    const settings = { cwd: folder, env: { ...environment, TMPDIR: temporary }, reject: false } as const;
    const { stdout, stderr } = await execa(file, all, { ...settings, timeout: 300_000 });
    // Not merged: two lines written to both at the same moment would become one.
    const text = `${stdout}\n${stderr}`;
    return { ...readPeer(text, Object.keys(one.run?.jobs ?? {})), text };
  });
}

function readPeer(text: string, names: readonly string[]): Omit<PeerRun, 'text'> {
  const own = new Map(names.map((name) => [peerName(name), name]));
  const longestFirst = [...own.keys()].toSorted((a, b) => b.length - a.length);
  const nameIn = (line: string) => longestFirst.find((name) => line === name || line.startsWith(`${name} `));
  const jobs: Record<string, PeerStatus> = Object.fromEntries(names.map((name) => [name, 'not run']));
  const output = new Map<string, string[]>();
  for (const whole of text.split('\n')) {
    const line = whole.trimStart();
    const [, word, rest = ''] = /^(PASS|WARN|FAIL) +(.*)$/.exec(line) ?? [];
    const named = nameIn(word === undefined ? line : rest);
    const job = own.get(named ?? '');
    // Words of warning begin with the same word as jobs whose failure was allowed.
    if (isWord(word) && (job !== undefined || word !== 'WARN')) jobs[job ?? rest.replace(/ {2,}.*$/, '')] = WORDS[word];
    const [, said] = /^ *> (.*)$/.exec(line.slice(named?.length ?? 0)) ?? [];
    if (job !== undefined && word === undefined && said !== undefined)
      output.set(job, [...(output.get(job) ?? []), said]);
  }
  return { jobs, output };
}

function isWord(word: string | undefined): word is keyof typeof WORDS {
  return word !== undefined && Object.hasOwn(WORDS, word);
}

/** `a 1/2`, `a: [x, y]` and `t / j` in its way of writing. */
function peerName(name: string): string {
  const parts = name.split(' / ');
  const job = parts.pop() as string;
  const counted = job.replace(/ (\d+\/\d+)$/, ': [$1]').replace(/: \[.*\]$/, (choice) => choice.replaceAll(', ', ','));
  return [...parts.map((part) => `[${part}] ->`), counted].join(' ');
}
