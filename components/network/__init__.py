"""Who may call whom, and how a stack is reached from outside the cluster."""
