/**
 * Run by `sh` as root of a fresh user and mount namespace, with the arguments: search path of the command, new root,
 * store, target, work folder, uid, gid, command. It assembles a root on a tmpfs, where each top-level entry of `/` is
 * bound. The store is bound to the target; where that does not exist, the last folder on the way that does is rebuilt
 * from its entries. Nothing is written to the disk. Last, a second user namespace gives the caller's own ids back.
 *
 * `pivot_root` and not `chroot`, because the kernel makes no user namespaces inside a chroot (user_namespaces(7)), and
 * a package's own tests may want some. A folder that cannot be bound is left out with a warning.
 */
export const enterNamespace = String.raw`set -eu
path=$1 root=$2 store=$3 target=$4 work=$5 uid=$6 gid=$7
shift 7
umask 022
# Links and folders are made by one program each, since a folder may have many entries.
bind_entries() {
  from=$1 to=$2
  set --
  for entry in "$from"/* "$from"/.[!.]*; do
    if [ -L "$entry" ]; then set -- "$@" "$entry"; fi
  done
  if [ $# -gt 0 ]; then cp -P "$@" "$to"; fi
  set --
  for entry in "$from"/* "$from"/.[!.]*; do
    if [ ! -L "$entry" ] && [ -d "$entry" ]; then set -- "$@" "$to/${'$'}{entry##*/}"; fi
  done
  if [ $# -gt 0 ]; then mkdir "$@"; fi
  for entry in "$from"/* "$from"/.[!.]*; do
    if [ -L "$entry" ]; then continue; fi
    place=$to/${'$'}{entry##*/}
    if [ -d "$entry" ]; then mount --rbind "$entry" "$place" || rmdir "$place"
    elif [ -f "$entry" ]; then : > "$place"; mount --bind "$entry" "$place" || rm "$place"
    fi
  done
}
mount -t tmpfs -o mode=0755,size=1m slipway "$root"
mkdir "$root/.host"
bind_entries "" "$root"
parent=$target
while [ ! -d "$parent/" ]; do parent=${'$'}{parent%/*}; done
rest=${'$'}{target#"$parent"}
# Links on the way would lead out of the new root.
parent=$(cd -P "$parent/" && pwd -P)
parent=${'$'}{parent%/}
made=$root$parent$rest
if [ -n "$rest" ]; then
  if [ -n "$parent" ]; then
    mount -t tmpfs -o mode=0755,size=1m slipway "$root$parent"
    bind_entries "$parent" "$root$parent"
  fi
  mkdir -p "$made"
  if [ -n "$parent" ]; then mount -o remount,bind,ro "$root$parent"; fi
fi
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
