# The first thing to run in a sandbox's own namespaces: builds the file system that the function will see, enters it, gives
# up every right, and runs what its arguments say. Anything that fails ends it: nothing runs half sandboxed.
#
# SBX_ROOT     an empty folder, over which the new root is mounted
# SBX_TASK, SBX_RUNTIME, SBX_SDK, SBX_NODE    what appears as /var/task, /var/runtime, …/node_modules, /var/lang/bin/node
# SBX_CA       a file that appears as /var/runtime-ca.pem, or nothing
# SBX_PREFIXES folders that an interpreter lives in, one a line; each appears where it is
# SBX_TMP      MiB of /tmp
# SBX_UID      whom to become, where this is root; else nothing
# SBX_DATA     bytes of memory that one process may ask for
set -eu
umask 022
mount -t tmpfs -o size=4m,mode=755,nosuid,nodev tmpfs "$SBX_ROOT"
cd "$SBX_ROOT"
mkdir -p usr etc proc dev tmp old var/task var/runtime var/lang/bin opt

# Folders and files of the machine appear read only.
shown() {
  if [ -d "$1" ]; then mkdir -p "$2"; else mkdir -p "$(dirname "$2")"; : > "$2"; fi
  mount --rbind "$1" "$2"
  mount -o remount,bind,ro,nosuid,nodev "$2"
}
shown /usr usr
for name in bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$name" ]; then ln -s "$(readlink "/$name")" "$name"; elif [ -d "/$name" ]; then shown "/$name" "$name"; fi
done
for name in ld.so.cache ld.so.conf ld.so.conf.d alternatives ssl ca-certificates pki resolv.conf hosts host.conf nsswitch.conf localtime; do
  if [ -e "/etc/$name" ]; then shown "/etc/$name" "etc/$name"; fi
done
echo 'sbx_user1051:x:65534:65534::/tmp:/usr/sbin/nologin' > etc/passwd
echo 'nogroup:x:65534:' > etc/group
shown "$SBX_TASK" var/task
shown "$SBX_RUNTIME" var/runtime
if [ -n "$SBX_SDK" ]; then shown "$SBX_SDK" node_modules; fi
if [ -n "$SBX_NODE" ]; then shown "$SBX_NODE" var/lang/bin/node; fi
if [ -n "$SBX_CA" ]; then shown "$SBX_CA" var/runtime-ca.pem; fi
newline='
'
IFS=$newline
for prefix in $SBX_PREFIXES; do shown "$prefix" ".$prefix"; done
unset IFS

for name in null zero full random urandom; do
  : > "dev/$name"
  mount --bind "/dev/$name" "dev/$name"
done
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t tmpfs -o "size=${SBX_TMP}m,nr_inodes=100000,mode=1777,nosuid,nodev" tmpfs tmp
mount -o remount,bind,ro,nosuid,nodev .
pivot_root . old
cd /
umount -l /old

become=
if [ -n "$SBX_UID" ]; then become="setpriv --reuid=$SBX_UID --regid=$SBX_UID --clear-groups --"; fi
# A user namespace of its own counts the function's processes apart from all others of the same user.
$become unshare --user prlimit --nproc=1024 --nofile=1024 --core=0 "--data=$SBX_DATA" "--fsize=$((SBX_TMP * 1048576))" \
  setpriv --no-new-privs --bounding-set=-all --inh-caps=-all -- \
  /usr/bin/env -i /bin/sh -c 'cd /var/task; unset OLDPWD; eval "$(cat)"; exec "$@" </dev/null' sandbox "$@" && exit 0 || exit $?
