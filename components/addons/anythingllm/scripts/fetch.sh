# Runs first in a restore: fetches the copy that RESTORE_FROM names, the newest if that is `latest`,
# or lists those there are if it is `list`.
set -eu
. "${0%/*}/safe.sh"
# A folder without a file is none; then there is no copy yet, if the bucket is there.
if [ "$RESTORE_FROM" = list ] && rclone lsf "store:$BACKUP_BUCKET" >/dev/null &&
  [ -z "$(rclone lsf "store:$BACKUP_BUCKET/$BACKUP_PLACE" 2>/dev/null)" ]; then
  exit 0
fi
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
