"""A cluster that is there already, used through its kubeconfig: for want of root or Linux."""
