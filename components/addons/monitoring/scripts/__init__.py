"""Programs that run in the cluster, shipped as they are; standard library only."""
