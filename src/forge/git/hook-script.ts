/** The server that a hook notifies, and how it reports who pushed. */
export interface HookServer {
  /** The server's base URL. */
  readonly url: string;
  readonly stack: string;
  readonly who?: {
    /** File with the `hookToken` of the stack. */
    readonly tokenFile: string;
    /** Variable of the hook's environment that names who pushed. */
    readonly variable: string;
  };
}

export interface HookScriptOptions {
  readonly server: HookServer;
  /** Command that does the same, as words, for machines without curl. */
  readonly fallback: readonly string[];
  /** Suffix of the hook that ours replaced, which runs first. */
  readonly kept: string;
  readonly mark: string;
}

const CURL = "curl -q -fsS --max-time 60 --noproxy 'localhost,127.0.0.1,::1'";

/**
 * The `post-receive` hook, in POSIX sh. receive-pack waits until the hook's output is closed, hence the redirections;
 * the subshell outlives the push. git writes what was pushed to the hook's input (githooks(5)).
 */
export function hookScript({ server, fallback, kept, mark }: HookScriptOptions): string {
  const target = `${server.url.replace(/\/+$/, '')}/hooks/git/${encodeURIComponent(server.stack)}`;
  return `#!/bin/sh
${mark}: wakes the server after a push; \`slipway hook remove\` takes it away.
pushed=$(cat)
if [ -x "$0${kept}" ]; then printf '%s\\n' "$pushed" | "$0${kept}" "$@" || true; fi
url=${quote(target)}
wake() { ${CURL} -X POST "$url"; }
${server.who === undefined ? '' : reportFunction(server.who)}(
  trap '' HUP
  if command -v curl; then ${server.who === undefined ? 'wake' : 'report || wake'}
  else printf '%s\\n' "$pushed" | ${fallback.map(quote).join(' ')}
  fi
) </dev/null >/dev/null 2>&1 &
exit 0
`;
}

/**
 * Sends the branches and tags that were pushed, and by whom, as JSON. The token goes to curl by a file descriptor:
 * words of a command can be seen by every user of the machine.
 */
function reportFunction({ tokenFile, variable }: NonNullable<HookServer['who']>): string {
  return `report() {
  [ -n "\${${variable}:-}" ] && token=$(cat ${quote(tokenFile)}) || return 1
  actor=$(printf '%s' "$${variable}" | tr -d '[:cntrl:]' | sed 's/["\\\\]/\\\\&/g')
  pushes=$(printf '%s\\n' "$pushed" | sed -n '/^[^ ]* 0* /d
    s/["\\\\]/\\\\&/g
    s|^[^ ]* \\([0-9a-f]*\\) \\(refs/heads/.*\\)$|{"ref":"\\2","sha":"\\1"},|p
    s|^[^ ]* \\([0-9a-f]*\\) \\(refs/tags/.*\\)$|{"ref":"\\2","sha":"\\1"},|p')
  printf '{"actor":"%s","pushes":[%s]}' "$actor" "\${pushes%,}" | ${CURL} -H @/dev/fd/3 --data-binary @- "$url" 3<<END
Authorization: Bearer $token
Content-Type: application/json
END
}
`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
