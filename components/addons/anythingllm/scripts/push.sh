# Runs last in a backup: encrypts the archive of $BACKUP_FOLDER into the bucket, reads it back, and
# deletes what is older than it has to be. Only what runs before an update begins a folder of
# copies: one that is gone later is told, and not made again in silence.
set -eu
. "${0%/*}/safe.sh"
if [ "${BACKUP_BEGINS:-}" = true ]; then
  # A folder without a file is none, which it says with 3; a bucket that is gone shows right after.
  there=$(rclone lsf "store:$BACKUP_BUCKET/$BACKUP_PLACE" 2>/dev/null) || [ $? -eq 3 ] || there=unknown
  if [ -z "$there" ]; then
    printf 'localai-gitops' | rclone rcat safe:key-check
  fi
  check_key
fi
archive=$(ls "$BACKUP_FOLDER"/*.tar 2>/dev/null || true)
if [ -z "$archive" ]; then
  echo "nothing to copy"
  exit 0
fi
check_key
name=${archive##*/}
rclone copyto "$archive" "safe:$name"
here=$(sha256sum < "$archive")
if [ "$(rclone cat "safe:$name" | sha256sum)" != "$here" ]; then
  rclone deletefile "safe:$name"
  echo "$name did not come back as it was written: it was deleted again" >&2
  exit 1
fi
echo "backed up $name, and read it back"
rclone delete --min-age "${KEEP_DAYS}d" --exclude key-check safe:
