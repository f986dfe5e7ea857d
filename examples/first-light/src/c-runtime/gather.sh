# Copies the loader and the libraries that a C program of this machine needs into the folder $1, and names the
# loader ld.so there. What is needed is asked of the machine itself: a program is linked, and ldd lists its libraries.
set -eu
folder=$1
mkdir -p "$folder"
cc -o probe probe.c -Wl,--no-as-needed -lm -lpthread
ldd ./probe | sed -n 's/^\t//p' | while read -r name arrow path rest; do
  case $name,$arrow in
    *,'=>') cp -L "$path" "$folder/${name##*/}" ;;
    /*) cp -L "$name" "$folder/${name##*/}"; ln -sf "${name##*/}" "$folder/ld.so" ;;
  esac
done
test -e "$folder/ld.so" || { echo "gather.sh: ldd names no loader on this machine" >&2; exit 1; }
