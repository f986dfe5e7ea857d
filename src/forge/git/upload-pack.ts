import { spawnProgram, type PipedProgram } from '../../kit/index.ts';
import { gitEnvironment } from './git-environment.ts';

interface UploadPackOptions {
  readonly repository: string;
  /** List the refs, instead of answering a request. */
  readonly advertise: boolean;
  /** The client's `Git-Protocol` header; anything but `version=N` is left out. */
  readonly protocol?: string;
  /** PATH for git. */
  readonly path?: string;
}

/** What a job may see of the copy: branches, tags and the commits kept for pipelines; others' requests stay hidden. */
const SETTINGS = [
  'safe.directory=*',
  'uploadpack.hideRefs=refs',
  'uploadpack.hideRefs=!refs/heads',
  'uploadpack.hideRefs=!refs/tags',
  'uploadpack.hideRefs=!refs/pipelines',
  'uploadpack.allowReachableSHA1InWant=true',
];

/** Starts the sending half of git's smart HTTP protocol (gitprotocol-http(5)). The caller owns the process. */
export function uploadPack(options: UploadPackOptions): PipedProgram {
  const { repository, advertise, protocol, path } = options;
  const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
  const mode = advertise ? ['--stateless-rpc', '--http-backend-info-refs'] : ['--stateless-rpc'];
  const version = protocol !== undefined && /^version=[012]$/.test(protocol) ? { GIT_PROTOCOL: protocol } : {};
  const environment = { ...gitEnvironment(repository, path), ...version };
  return spawnProgram('git', [...settings, 'upload-pack', '--strict', ...mode, repository], {
    env: environment,
    stdio: 'pipe',
  });
}
