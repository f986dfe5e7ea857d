/**
 * Run by `sh` as root of fresh user, mount, process and network namespaces, with the arguments: new root, folder in it,
 * `NAME=value`…, `--`, command. Makes the new root the root of a mount namespace, then detaches the machine's file
 * systems from that namespace, so that no chroot(2) leads back to them. /proc is not mounted, and so cannot be.
 *
 * Once the root has been changed, programs and their libraries would come from the image, so the inner shell uses only
 * what is built in; a helper, which still has the machine's root in its own mount namespace, enters with nsenter(1) to
 * unmount. The command's variables reach no program but the command: `LD_PRELOAD` would be obeyed by the machine's own.
 */
export const pivotScript = String.raw`set -eu
root=$1
mkdir "$root/.slipway-host"
mkfifo "$root/.slipway-pivoted" "$root/.slipway-detached"
{
  read -r inside < "$root/.slipway-pivoted"
  nsenter --target "$inside" --mount --root=/ umount -l "/proc/$inside/root/.slipway-host" || exit
  rmdir "$root/.slipway-host"
  echo done > "$root/.slipway-detached"
  rm "$root/.slipway-pivoted" "$root/.slipway-detached"
} &
exec unshare --mount --pid --fork --kill-child sh -c '
set -eu
root=$1 folder=$2
shift 2
read -r inside others < /proc/self/stat
mount --rbind "$root" "$root"
cd "$root"
pivot_root . .slipway-host
cd /
echo "$inside" > .slipway-pivoted
read -r answer < .slipway-detached
cd "$folder"
for word do
  shift
  case $word in --) break ;; esac
  export "$word"
done
[ $# -eq 0 ] || exec "$@"
' sh "$@"
`;
