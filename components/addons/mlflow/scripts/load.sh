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
load() {
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname "$2" --command "$drop"
  pg_restore --clean --if-exists --no-owner --no-privileges --exit-on-error --single-transaction \
    --dbname "$2" "$BACKUP_FOLDER/$stamp/$1.dump"
}
load registry "$registry"
load logins "$logins"
echo "restored $stamp"
