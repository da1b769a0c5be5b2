"""Render beside other tools that make the same objects: kustomize, Helm and cdk8s."""
