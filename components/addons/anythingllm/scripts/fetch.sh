# Runs first in a restore: fetches the copy that RESTORE_FROM names, the newest if that is `latest`,
# or lists those there are if it is `list`.
set -eu
. "${0%/*}/safe.sh"
check_key
names=$(rclone lsf --files-only --exclude key-check safe: | sort)
if [ "$RESTORE_FROM" = list ]; then
  rclone lsf --files-only --exclude key-check --format ps --separator ' ' safe: | sort
  exit 0
fi
name=${RESTORE_FROM%.tar}.tar
if [ "$RESTORE_FROM" = latest ]; then
  name=$(echo "$names" | tail -n 1)
fi
if [ -z "$name" ] || ! echo "$names" | grep -qxF "$name"; then
  echo "there is no backup '$RESTORE_FROM'; name one of these as RESTORE_FROM:" >&2
  echo "$names" >&2
  exit 1
fi
if ! rclone copyto "safe:$name" "$BACKUP_FOLDER/$name"; then
  echo "$name cannot be fetched: it was altered, or the store is down" >&2
  exit 1
fi
echo "fetched $name"
