import { join } from 'node:path';
import { fixedToken } from '../../src/forge/api/token-source.ts';
import { gitForge } from '../../src/forge/git/git-forge.ts';
import { githubForge } from '../../src/forge/github/github-forge.ts';
import { Secret } from '../../src/kit/index.ts';
import { commentContract } from '../support/comment-contract.ts';
import { forgeContract } from '../support/forge-contract.ts';
import { gitHttpBackend } from '../support/git-http-backend.ts';
import { gitRemote } from '../support/git-remote.ts';
import { githubStandIn } from '../support/github.ts';
import { silentLogger } from '../support/silent-logger.ts';

const shared = { defaultBranch: 'main', isProtected: () => false, log: silentLogger };

forgeContract('git, served by git http-backend', async () => {
  const remote = await gitRemote();
  const server = await gitHttpBackend(remote.folder);
  const forge = gitForge({
    ...shared,
    remote: `${server.url}/remote.git`,
    repository: join(remote.folder, 'copy.git'),
    numberFor: (branch) => String(Number.parseInt(Buffer.from(branch).toString('hex').slice(-12), 16)),
  });
  const dispose = async () => {
    await server.close();
    await remote.dispose();
  };
  return { ...remote, dispose, forge };
});

commentContract('GitHub, by an App', {
  open: githubStandIn,
  forgeFor: (github) => {
    github.githubApp.issue();
    const [issued] = github.githubApp.issued;
    return githubForge({
      ...shared,
      github: github.full,
      apiUrl: 'http://github.test/api/v3',
      remote: github.remote.path,
      repository: join(github.remote.folder, 'copy.git'),
      token: fixedToken(new Secret(issued?.token ?? '')),
      app: String(github.githubApp.id),
      fetch: async (url, request) => github.app.request(url, request),
      wait: async () => {},
    });
  },
  create: /^POST .*\/issues\/\d+\/comments$/,
  update: /^PATCH .*\/issues\/comments\/\d+$/,
});
