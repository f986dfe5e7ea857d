import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCiSection } from '../../src/generate/ci/ci-section.ts';
import { ciRules, serviceAttributes, stackRules } from '../../src/generate/ci/job-attributes.ts';
import { packageMatcher } from '../../src/generate/ci/match-package.ts';
import { readLockfile, type Lockfile } from '../../src/spack/index.ts';
import { fixture } from '../fixtures/spack/fixtures.ts';
import { ciCases } from '../support/ci-cases.ts';
import { findSpacks, readyToBuild, spackLab } from '../support/spack-lab.ts';

const spacks = (await findSpacks()).filter(readyToBuild);
if (spacks.length === 0) test.skip('needs a Spack', () => undefined);

const cases = ciCases(150);
const services = ['copy', 'cleanup', 'noop', 'reindex', 'signing'] as const;

/** What the rules say of each package's job and of the others, by hash or name, as Spack's intermediate form has it. */
function ourAttributes(rules: readonly object[], lock: Lockfile): Readonly<Record<string, unknown>> {
  const section = readCiSection({ 'pipeline-gen': rules });
  const all = stackRules(section.rules, 'spack');
  const rulesFor = ciRules({ rules: all, match: packageMatcher(lock), answers: new Map() });
  const nodes = [...lock.nodes.values()].filter(({ external }) => external === undefined);
  return Object.fromEntries([
    ...nodes.map((node) => [node.hash, rulesFor(node).apply({ HASH: node.hash })] as const),
    ...services.map((name) => [name, serviceAttributes(name, all)] as const),
  ]);
}

describe.each(spacks)('Spack $version', ({ root, version }) => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-rules-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('rules of all kinds give each job what its own code gives', async () => {
    const lockFile = version.startsWith('0.') ? 'spack-0.23-small/spack.lock' : 'spack-1.2/env/spack.lock';
    const lock = readLockfile(fixture(lockFile), lockFile);
    // No package is built: no compiler needs to be looked for, as there is nothing that the lab could be like.
    const lab = await spackLab({ root, folder: join(folder, 'lab'), store: join(folder, 's'), like: folder });
    await writeFile(join(folder, 'cases.json'), JSON.stringify(cases));
    await writeFile(join(folder, 'spack.lock'), fixture(lockFile));
    await writeFile(join(folder, 'ask.py'), askSpack);
    await lab.spack('python', join(folder, 'ask.py'), folder);
    const answers = JSON.parse(await readFile(join(folder, 'answers.json'), 'utf8')) as unknown[];
    expect(answers).toHaveLength(cases.length);
    for (const [index, rules] of cases.entries())
      expect(ourAttributes(rules, lock), JSON.stringify(rules)).toEqual(answers[index]);
  });
});

/** Asks the class that `spack ci generate` asks, of either generation. Specs are made of the lock's nodes. */
const askSpack = `
import json, os, sys
from spack.spec import Spec
try:
    from spack.ci.common import SpackCIConfig, PipelineDag
except ImportError:
    SpackCIConfig = None
    from spack.ci import SpackCI

folder = sys.argv[1]
lock = json.load(open(os.path.join(folder, "spack.lock")))
nodes = lock["concrete_specs"]

def closure(hash):
    seen = {}
    def visit(one):
        if one not in seen:
            seen[one] = nodes[one]
            for edge in nodes[one].get("dependencies", []):
                visit(edge["hash"])
    visit(hash)
    return list(seen.values())

specs = []
for hash, node in nodes.items():
    if "external" in node:
        continue
    document = {"spec": {"_meta": {"version": lock["_meta"]["specfile-version"]}, "nodes": closure(hash)}}
    specs.append(Spec.from_dict(document))

def ask(rules):
    section = {"pipeline-gen": rules}
    if SpackCIConfig is None:
        labels = {spec.dag_hash(): spec for spec in specs}
        ir = SpackCI(section, labels, [list(labels)]).generate_ir()
    else:
        config = SpackCIConfig(section)
        config.init_pipeline_jobs(PipelineDag(specs))
        ir = config.generate_ir()
    shown = {}
    for name, job in ir["jobs"].items():
        attributes = json.loads(json.dumps(job["attributes"]))
        variables = attributes.get("variables", {})
        own = [key for key in variables if key.startswith("SPACK_JOB_SPEC_")]
        hash = variables.get("SPACK_JOB_SPEC_DAG_HASH")
        for key in own:
            del variables[key]
        if hash:
            variables["HASH"] = hash
        shown[name] = attributes
    return {name: one for name, one in shown.items() if name not in nodes or "external" not in nodes[name]}

json.dump([ask(rules) for rules in json.load(open(os.path.join(folder, "cases.json")))],
          open(os.path.join(folder, "answers.json"), "w"))
`;
