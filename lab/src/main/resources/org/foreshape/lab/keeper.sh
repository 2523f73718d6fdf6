# keeper.sh FOLDER PREFIX CAPABILITIES OWN
#
# Holds the private mount namespace of one libvirtd: it is started inside it (unshare -m) and stays until its standard
# input ends. Its owner closes that on purpose, and the kernel does when the owner dies, however it dies. Then the keeper
# ends every QEMU and the libvirtd of the namespace, by pid, and deletes what they left, with OWN=true the folder too. The
# mounts end with the last process that sees them.
#
# Requests, one line each, answered by "rc=N": `start` starts libvirtd, `save` keeps the capability cache for the next.
folder=$1
prefix=$2
capabilities=$3
own=$4

for d in /run/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt; do
    mkdir -p "$d" && mount -t tmpfs -o mode=755 foreshape-lab "$d" || exit 1
done
mkdir -p /etc/libvirt && mount --bind "$folder/etc" /etc/libvirt || exit 1
# Without a cache each libvirtd asks QEMU for its abilities anew, some 8 s. libvirtd itself drops a cache that is stale.
mkdir -p /var/cache/libvirt/qemu
[ -d "$capabilities" ] && cp -rp "$capabilities" /var/cache/libvirt/qemu/capabilities

start() {
    libvirtd -d -p "$folder/libvirtd.pid" -f /etc/libvirt/libvirtd.conf </dev/null
}

# Several keepers may save at once: each writes aside, and one result stays. Without a cache all works, only slower.
save() {
    [ -d "$capabilities" ] && diff -r /var/cache/libvirt/qemu/capabilities "$capabilities" >/dev/null && return 0
    mkdir -p "${capabilities%/*}"
    cp -rp /var/cache/libvirt/qemu/capabilities "$capabilities.$$" || return 1
    [ -d "$capabilities" ] && mv -T "$capabilities" "$capabilities.old.$$"
    mv -T "$capabilities.$$" "$capabilities"
    rm -rf "$capabilities.$$" "$capabilities.old.$$"
}

# A dead process may wait for its parent to collect it, and its first thread may be dead before the others.
alive() {
    [ -e "/proc/$1" ] || return 1
    grep -q '^State:[[:space:]]*[ZX]' "/proc/$1/status" 2>/dev/null || return 0
    set -- /proc/"$1"/task/*
    [ $# -gt 1 ]
}

# The kernel lets go of a control group a little after its last process.
remove_groups() {
    for try in $(seq 50); do
        find /sys/fs/cgroup -depth -type d -path "*$prefix*" -exec rmdir {} \; 2>/dev/null
        [ -n "$(find /sys/fs/cgroup -type d -path "*$prefix*" -print -quit)" ] || return 0
        sleep 0.1
    done
}

end() {
    alive "$1" || return 0
    kill "-$2" "$1" 2>/dev/null
    for try in $(seq 100); do
        alive "$1" || return 0
        sleep 0.1
    done
    kill -9 "$1" 2>/dev/null
}

finish() {
    # libvirtd first: it would otherwise report and clean up while its guests are being ended.
    [ -f "$folder/libvirtd.pid" ] && end "$(cat "$folder/libvirtd.pid")" TERM
    for file in /run/libvirt/qemu/*.pid; do
        [ -f "$file" ] && end "$(cat "$file")" KILL
    done
    remove_groups
    cd / && find "$folder" -mindepth 1 -delete 2>/dev/null
    [ "$own" = true ] && rmdir "$folder"
}

echo rc=0
while read -r request; do
    case $request in
        start) start ;;
        save) save || true ;;
        *) false ;;
    esac
    echo "rc=$?"
done
finish
