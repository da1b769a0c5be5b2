# Runs last in a backup: copies artifacts, then the dumps. All that a dump names was in the bucket
# before, so what the bucket of the copies holds is complete. What changed there is kept aside.
set -eu
stamp=$(ls "$BACKUP_FOLDER")
rclone copy --backup-dir "backup:$BACKUP_BUCKET/replaced/$stamp" \
  "artifacts:$ARTIFACTS_BUCKET" "backup:$BACKUP_BUCKET/artifacts"
rclone copy "$BACKUP_FOLDER" "backup:$BACKUP_BUCKET/databases"
rclone delete --min-age "${KEEP_DAYS}d" "backup:$BACKUP_BUCKET/databases"
echo "copied artifacts and databases as $stamp"
