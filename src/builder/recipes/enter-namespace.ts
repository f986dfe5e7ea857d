/**
 * Run by `sh` as root of a fresh user and mount namespace, with the arguments: search path of the command, new root,
 * store, target, work folder, uid, gid, command. It assembles a root on a tmpfs: each top-level entry of `/` is bound
 * there, except that the folders on the way to the target are rebuilt, so that the target can be the store even where
 * none of them exists. Nothing is written to the disk. Last, a second user namespace gives the caller's own ids back.
 *
 * `pivot_root` and not `chroot`, because the kernel makes no user namespaces inside a chroot (user_namespaces(7)), and
 * a package's own tests may want some. A folder that cannot be bound is left out with a warning.
 */
export const enterNamespace = String.raw`set -eu
path=$1 root=$2 store=$3 target=$4 work=$5 uid=$6 gid=$7
shift 7
umask 022
bind_entries() {
  for entry in "$1"/* "$1"/.[!.]*; do
    base=${'$'}{entry##*/}
    if [ "$base" = "$3" ]; then continue; fi
    if [ -L "$entry" ]; then cp -P "$entry" "$2/$base"
    elif [ -d "$entry" ]; then mkdir "$2/$base"; mount --rbind "$entry" "$2/$base" || rmdir "$2/$base"
    elif [ -f "$entry" ]; then : > "$2/$base"; mount --bind "$entry" "$2/$base" || rm "$2/$base"
    fi
  done
}
mount -t tmpfs -o mode=0755,size=1m slipway "$root"
mkdir "$root/.host"
host= made=$root rest=${'$'}{target#/}
while :; do
  name=${'$'}{rest%%/*}
  bind_entries "$host" "$made" "$name"
  mkdir "$made/$name"
  host=$host/$name made=$made/$name
  case $rest in */*) rest=${'$'}{rest#*/} ;; *) break ;; esac
done
mount --rbind "$store" "$made"
cd "$root"
pivot_root . .host
cd /
umount -l /.host
rmdir /.host
mount -o remount,bind,ro /
unshare=$(command -v unshare)
PATH=$path
exec "$unshare" --user --map-user="$uid" --map-group="$gid" --wd="$work" -- "$@"
`;
