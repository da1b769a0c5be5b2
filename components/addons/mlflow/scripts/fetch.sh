# Runs first in a restore: fetches the dumps of RESTORE_FROM, the newest if that is `latest`, and
# copies the artifacts back. Those that are in the bucket and in no copy stay. With `list` it says
# which there are.
set -eu
if [ "$RESTORE_FROM" = list ]; then
  rclone lsf --dirs-only "backup:$BACKUP_BUCKET/databases" | sort
  exit 0
fi
stamp=$RESTORE_FROM
if [ "$stamp" = latest ]; then
  stamp=$(rclone lsf --dirs-only "backup:$BACKUP_BUCKET/databases" | sort | tail -n 1)
  stamp=${stamp%/}
fi
rclone copy "backup:$BACKUP_BUCKET/databases/$stamp" "$BACKUP_FOLDER/$stamp"
for name in registry logins; do
  if [ ! -s "$BACKUP_FOLDER/$stamp/$name.dump" ]; then
    echo "there is no backup '$stamp' with both databases; name one of these as RESTORE_FROM:" >&2
    rclone lsf --dirs-only "backup:$BACKUP_BUCKET/databases" >&2
    exit 1
  fi
done
rclone copy "backup:$BACKUP_BUCKET/artifacts" "artifacts:$ARTIFACTS_BUCKET"
echo "fetched $stamp, and copied its artifacts back"
