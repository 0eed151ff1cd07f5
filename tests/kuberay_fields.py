"""The fields of ray.io/v1 that KubeRay documents (API reference, 1.1 to 1.6), as far as we use any.

Written down from the reference, for a test without a cluster; types of the leaves in words.
"""

from typing import Any

AUTOSCALER = {"upscalingMode": str, "idleTimeoutSeconds": int, "resources": dict, "version": str}

GROUP = {"rayStartParams": dict, "template": dict}

CLUSTER: dict[str, Any] = {
    "rayVersion": str,
    "enableInTreeAutoscaling": bool,
    "autoscalerOptions": AUTOSCALER,
    "suspend": bool,
    "gcsFaultToleranceOptions": dict,
    "headGroupSpec": {**GROUP, "serviceType": str, "headService": dict, "enableIngress": bool},
    "workerGroupSpecs": [
        {
            **GROUP,
            "groupName": str,
            "replicas": int,
            "minReplicas": int,
            "maxReplicas": int,
            "numOfHosts": int,
            "idleTimeoutSeconds": int,
            "suspend": bool,
            "scaleStrategy": dict,
        }
    ],
}

JOB: dict[str, Any] = {
    "entrypoint": str,
    "submissionMode": str,
    "backoffLimit": int,
    "activeDeadlineSeconds": int,
    "shutdownAfterJobFinishes": bool,
    "ttlSecondsAfterFinished": int,
    "suspend": bool,
    "jobId": str,
    "metadata": dict,
    "runtimeEnvYAML": str,
    "clusterSelector": dict,
    "submitterPodTemplate": dict,
    "submitterConfig": dict,
    "entrypointNumCpus": float,
    "entrypointNumGpus": float,
    "entrypointResources": str,
    "deletionStrategy": dict,
    "managedBy": str,
    "rayClusterSpec": CLUSTER,
}


def unknown(value: Any, fields: Any, path: str) -> list[str]:
    """Paths that the reference does not know, or whose type is another."""
    if isinstance(fields, dict) and isinstance(value, dict):
        return [
            wrong
            for name, inner in value.items()
            for wrong in (
                unknown(inner, fields[name], f"{path}.{name}")
                if name in fields
                else [f"{path}.{name}"]
            )
        ]
    if isinstance(fields, list) and isinstance(value, list):
        return [
            wrong
            for number, inner in enumerate(value)
            for wrong in unknown(inner, fields[0], f"{path}[{number}]")
        ]
    return [] if isinstance(fields, type) and type(value) is fields else [path]
