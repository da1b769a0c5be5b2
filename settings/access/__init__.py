"""How Jobs and pods reach what is outside the cluster."""
