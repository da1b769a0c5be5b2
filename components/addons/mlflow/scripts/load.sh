# Runs last in a restore: puts both dumps in place of what the databases hold.
set -eu
stamp=$(ls "$BACKUP_FOLDER")
if [ -z "$stamp" ]; then
  exit 0
fi
others="select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
drop="do \$\$ declare one record; begin
  for one in select tablename from pg_tables where schemaname = 'public' loop
    execute format('drop table public.%I cascade', one.tablename);
  end loop; end \$\$"
registry="postgresql${MLFLOW_BACKEND_STORE_URI#postgresql+psycopg2}"
logins="postgresql${REGISTRY_LOGINS_URI#postgresql+psycopg2}"
for address in "$registry" "$logins"; do
  if [ "$(psql --no-psqlrc --tuples-only --no-align --dbname "$address" --command "$others")" != 0 ]; then
    echo "the registry still uses its databases: scale it to 0 first, as docs/mlflow.md says" >&2
    exit 1
  fi
done
# Both are read whole before anything goes. They become SQL in a file: at the end of a pipe that broke,
# psql would commit what came through it.
for name in registry logins; do
  if ! pg_restore --clean --if-exists --no-owner --no-privileges --file "$HOME/$name.sql" \
    "$BACKUP_FOLDER/$stamp/$name.dump"; then
    echo "$name.dump of $stamp cannot be read whole, so both databases are as they were: restore an" \
      "older backup with RESTORE_FROM" >&2
    exit 1
  fi
done
load() {
  if ! psql --no-psqlrc --quiet --output /dev/null --set ON_ERROR_STOP=1 --single-transaction \
    --dbname "$2" --command "$drop" --file "$HOME/$1.sql"; then
    echo "the database of the $1 took nothing of $stamp and is as it was: mend what is said above, and" \
      "restore again" >&2
    exit 1
  fi
}
load registry "$registry"
load logins "$logins"
echo "restored $stamp"
