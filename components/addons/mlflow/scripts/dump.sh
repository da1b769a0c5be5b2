# Runs first in a backup: dumps both databases into $BACKUP_FOLDER/<time>/.
# libpq does not know SQLAlchemy's name of a driver.
set -eu
stamp=$(date -u +%Y%m%dT%H%M%SZ)
mkdir "$BACKUP_FOLDER/$stamp"
dump() {
  pg_dump --format=custom --no-owner --no-privileges --file "$BACKUP_FOLDER/$stamp/$1.dump" \
    --dbname "postgresql${2#postgresql+psycopg2}"
}
dump registry "$MLFLOW_BACKEND_STORE_URI"
dump logins "$REGISTRY_LOGINS_URI"
echo "dumped both databases as $stamp"
