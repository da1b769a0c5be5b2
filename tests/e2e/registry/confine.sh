# confine.sh VENV FOLDER USER PROGRAM...: run a program as a container of a restricted pod runs: as
# another user, without a capability, where nothing but FOLDER and an empty /tmp can be written.
set -eu
venv=$1 folder=$2 user=$3
shift 3
python=$(readlink -f "$venv/bin/python")
base=${python%/bin/*}
for one in base venv folder; do
  mkdir -p "/run/confined/$one"
  eval "mount --bind \"\$$one\" /run/confined/$one"
done
mount -t tmpfs -o mode=755 none /root
mount -t tmpfs -o mode=1777 none /tmp
for one in base venv folder; do
  eval "mkdir -p \"\$$one\"; mount --bind /run/confined/$one \"\$$one\""
done
mount -o remount,bind,ro /
mount -o remount,ro /root
exec setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs --bounding-set=-all \
  --inh-caps=-all "$@"
