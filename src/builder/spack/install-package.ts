import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { RunEnvironment } from '../../spack/index.ts';
import type { BuildRequest } from '../builder.ts';
import type { BuildSetup } from './build-setup.ts';
import { classifyFailure, type BuildFailure } from './failure-class.ts';
import { describeRunEnvironment } from './run-environment.ts';
import { spackCommand } from './spack-session.ts';
import { describeStore } from './store-layout.ts';

/**
 * Runs `spack install` in the process of `spack python`, so that one start of Spack compares the layout of the store,
 * installs, and describes the run environment. What goes wrong while it installs leaves this process as it would leave
 * `spack install`.
 */
const script = `${describeStore}${describeRunEnvironment}
import contextlib, io, spack.main
def install(words):
    parser = spack.main.make_argument_parser()
    command = parser.add_command(words[0])
    args, unknown = parser.parse_known_args(words)
    return spack.main._invoke_command(command, parser, args, unknown)
def main(result, request, *words):
    with open(request) as file:
        expected = json.load(file)
    specs = spack.environment.active_environment().all_specs()
    spec = next(s for s in specs if s.dag_hash() == expected["hash"])
    found, known = describe_store(spec.traverse()), expected["layout"]
    is_same = all(found["prefixes"][h] == known["prefixes"].get(h) for h in found["prefixes"])
    is_same = is_same and all(found[k] == known[k] for k in ("root", "unpaddedRoot", "sbang", "spackPrefix"))
    answer = {"isLayoutKnown": is_same}
    status = install(list(words)) if is_same else 0
    if status == 0 and is_same:
        output = io.StringIO()
        try:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
                answer["environment"] = run_environment(spec)
        except (Exception, SystemExit) as error:
            errors = [line for line in output.getvalue().splitlines() if "Error" in line]
            answer["fault"] = errors[-1] if errors else "%s: %s" % (type(error).__name__, error)
    with open(result, "w") as file:
        json.dump(answer, file)
    return status
if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
`;

const Answer = z.object({
  isLayoutKnown: z.boolean(),
  environment: z.unknown().optional(),
  fault: z.string().optional(),
});

type Installed =
  /** The package is installed; it has no run environment if its recipe failed to describe one. */
  | { readonly done: 'installed'; readonly environment?: RunEnvironment }
  | { readonly done: 'failed'; readonly failure: BuildFailure }
  /** The store is configured in another way than `setup.layout` has it; nothing was installed. */
  | { readonly done: 'layout-changed' };

/** Installs one package of the lock, whose dependencies are in place. */
export async function installPackage(
  { session, settings, view, layout }: BuildSetup,
  { hash, jobs, jobserver }: Pick<BuildRequest, 'hash' | 'jobs' | 'jobserver'>,
): Promise<Installed> {
  const [file, result, request] = ['install-package.py', 'installed.json', 'install.json'].map((name) =>
    join(session.workFolder, name),
  ) as [string, string, string];
  await rm(result, { force: true });
  await writeFile(file, script);
  await writeFile(request, JSON.stringify({ hash, layout }));
  const words = [
    'install',
    '--verbose',
    '--only=package',
    '--no-cache',
    '--keep-stage',
    '-j',
    String(jobs),
    `/${hash}`,
  ];
  const end = await spackCommand(session, ['python', file, result, request, ...words], { settings, view, jobserver });
  session.signal?.throwIfAborted();
  if (end.code !== 0) return { done: 'failed', failure: classifyFailure(end) };
  const answer = await readFile(result, 'utf8').catch(() => '{"isLayoutKnown":true,"fault":"Spack wrote no result"}');
  const { isLayoutKnown, environment, fault } = Answer.parse(JSON.parse(answer));
  if (!isLayoutKnown) return { done: 'layout-changed' };
  const parsed = fault === undefined ? RunEnvironment.safeParse(environment) : undefined;
  if (parsed?.success === true) return { done: 'installed', environment: parsed.data };
  const reason = fault ?? parsed?.error.message ?? '';
  session.log(`What variables the package sets for its users is not recorded: ${reason}`);
  return { done: 'installed' };
}
