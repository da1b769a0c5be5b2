"""What add-ons share that copy their data to a bucket: its store for rclone, Jobs by the clock."""

from lightkube.models.batch_v1 import CronJob, CronJobSpec, JobSpec, JobTemplateSpec
from lightkube.models.core_v1 import EnvVar
from lightkube.models.meta_v1 import ObjectMeta

from components.parts.builders import secret_key, secret_variable
from settings.bucket import BucketSettings

# A copy or a restore that takes longer has failed.
DEADLINE_SECONDS = 6 * 60 * 60
_NEVER = "0 0 1 1 *"


def remote(name: str, bucket: BucketSettings) -> list[EnvVar]:
    """Return what rclone is told of the store of a bucket, which it knows by a name."""
    prefix = f"RCLONE_CONFIG_{name.upper()}"
    known = {
        "TYPE": "s3",
        "PROVIDER": "Other",
        "ENDPOINT": bucket.endpoint,
        "REGION": bucket.region,
        "NO_CHECK_BUCKET": "true",
    }
    return [
        *(EnvVar(name=f"{prefix}_{key}", value=value) for key, value in known.items()),
        secret_variable(f"{prefix}_ACCESS_KEY_ID", secret_key(bucket.access_key)),
        secret_variable(f"{prefix}_SECRET_ACCESS_KEY", secret_key(bucket.secret_key)),
    ]


def cron_job(meta: ObjectMeta, schedule: str | None, job: JobSpec) -> CronJob:
    """Return a CronJob; one without a schedule never runs, and a Job is made from it by hand."""
    return CronJob(
        metadata=meta,
        spec=CronJobSpec(
            schedule=schedule or _NEVER,
            timeZone="Etc/UTC",
            suspend=schedule is None,
            concurrencyPolicy="Forbid",
            # A cluster that was down for a night makes up for it in the morning.
            startingDeadlineSeconds=DEADLINE_SECONDS,
            successfulJobsHistoryLimit=1,
            failedJobsHistoryLimit=1,
            jobTemplate=JobTemplateSpec(spec=job),
        ),
    )
