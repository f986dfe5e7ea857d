/** The first descriptor that systemd hands over (sd_listen_fds(3)). */
const FIRST_SOCKET = 3;

export interface InheritedSocket {
  readonly fd: number;
  /** Whether our own parent process holds it, and not systemd. */
  readonly isKept: boolean;
}

/**
 * The listening socket that was handed to this process: by systemd, which names the process in `LISTEN_PID`, or by a
 * parent of ours, which cannot know it beforehand and opens a channel instead.
 */
export function inheritedSocket(
  env: NodeJS.ProcessEnv,
  self: { readonly pid: number; readonly hasChannel: boolean },
): InheritedSocket | undefined {
  if (!(Number(env.LISTEN_FDS) >= 1)) return undefined;
  if (env.LISTEN_PID === String(self.pid)) return { fd: FIRST_SOCKET, isKept: false };
  return env.LISTEN_PID === undefined && self.hasChannel ? { fd: FIRST_SOCKET, isKept: true } : undefined;
}
