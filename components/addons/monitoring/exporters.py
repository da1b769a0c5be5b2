"""Metrics of others that the rules use; each with who exports it and where it was read.

Rules read labels that the exporter itself sets. Where Prometheus has a label of that name too, it
renames the exporter's (`exported_namespace`) unless the monitor says `honorLabels: true`, as those
of kube-prometheus-stack do for kube-state-metrics and the kubelet.
"""

# kube-state-metrics, docs/metrics/workload; labels namespace, deployment.
REPLICAS_AVAILABLE = "kube_deployment_status_replicas_available"
# There; labels namespace, job_name, and condition="true" once the Job has given up.
JOB_FAILED = "kube_job_failed"
# There; labels namespace, job_name.
JOB_ACTIVE = "kube_job_status_active"
# There; seconds since 1970, labels namespace, cronjob.
CRON_SCHEDULED = "kube_cronjob_status_last_schedule_time"
CRON_CREATED = "kube_cronjob_created"
CRON_SUCCEEDED = "kube_cronjob_status_last_successful_time"
# There; labels namespace, pod, container.
RESTARTS = "kube_pod_container_status_restarts_total"
# There; labels namespace, resourcequota, resource, type="hard" or "used".
QUOTA = "kube_resourcequota"
# The kubelet, pkg/kubelet/metrics; labels namespace, persistentvolumeclaim.
VOLUME_FREE = "kubelet_volume_stats_available_bytes"
VOLUME_SIZE = "kubelet_volume_stats_capacity_bytes"
# Argo CD, docs/operator-manual/metrics; labels name, dest_namespace, sync_status, health_status.
ARGO_APPLICATION = "argocd_app_info"
# The Pulumi operator, operator/internal/controller/pulumi/metrics; labels namespace, name.
STACK_FAILING = "stacks_failing"
# Argo Rollouts, docs/features/controller-metrics; labels namespace, name, phase.
ROLLOUT = "rollout_info"
# cAdvisor; labels namespace, pod, container.
MEMORY = "container_memory_working_set_bytes"
# NVIDIA's dcgm-exporter; per cent, labels namespace, pod.
GPU_USE = "DCGM_FI_DEV_GPU_UTIL"
