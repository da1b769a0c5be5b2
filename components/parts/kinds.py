"""Which class registers a type token; those classes carry versions, aliases and output types."""

KINDS = {
    "kubernetes:apps/v1:Deployment": ("pulumi_kubernetes.apps.v1", "Deployment"),
    "kubernetes:apps/v1:StatefulSet": ("pulumi_kubernetes.apps.v1", "StatefulSet"),
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": (
        "pulumi_kubernetes.autoscaling.v2",
        "HorizontalPodAutoscaler",
    ),
    "kubernetes:batch/v1:Job": ("pulumi_kubernetes.batch.v1", "Job"),
    "kubernetes:core/v1:ConfigMap": ("pulumi_kubernetes.core.v1", "ConfigMap"),
    "kubernetes:core/v1:LimitRange": ("pulumi_kubernetes.core.v1", "LimitRange"),
    "kubernetes:core/v1:PersistentVolumeClaim": (
        "pulumi_kubernetes.core.v1",
        "PersistentVolumeClaim",
    ),
    "kubernetes:core/v1:ResourceQuota": ("pulumi_kubernetes.core.v1", "ResourceQuota"),
    "kubernetes:core/v1:Secret": ("pulumi_kubernetes.core.v1", "Secret"),
    "kubernetes:core/v1:Service": ("pulumi_kubernetes.core.v1", "Service"),
    "kubernetes:core/v1:ServiceAccount": ("pulumi_kubernetes.core.v1", "ServiceAccount"),
    "kubernetes:networking.k8s.io/v1:Ingress": ("pulumi_kubernetes.networking.v1", "Ingress"),
    "kubernetes:networking.k8s.io/v1:NetworkPolicy": (
        "pulumi_kubernetes.networking.v1",
        "NetworkPolicy",
    ),
    "kubernetes:policy/v1:PodDisruptionBudget": (
        "pulumi_kubernetes.policy.v1",
        "PodDisruptionBudget",
    ),
    "kubernetes:resource.k8s.io/v1:ResourceClaimTemplate": (
        "pulumi_kubernetes.resource.v1",
        "ResourceClaimTemplate",
    ),
    "random:index/randomPassword:RandomPassword": ("pulumi_random", "RandomPassword"),
}
