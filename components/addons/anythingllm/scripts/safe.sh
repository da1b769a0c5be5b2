# Read by the others: `safe:` is the folder of the copies, whose content is encrypted.
RCLONE_CONFIG_SAFE_PASSWORD=$(printf '%s' "$BACKUP_PASSPHRASE" | rclone obscure -)
export RCLONE_CONFIG_SAFE_PASSWORD
check_key() {
  if [ "$(rclone cat safe:key-check 2>/dev/null)" != 'localai-gitops' ]; then
    echo "the copies in bucket $BACKUP_BUCKET are not to be read: the bucket or its folder" \
      "$BACKUP_PLACE is gone, the store is down, or the passphrase is another one" >&2
    exit 1
  fi
}
