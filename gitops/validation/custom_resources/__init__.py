"""Definitions of the custom resources we declare: what the sandbox installs and `check` reads.

The YAML files are made from the projects' own by `python -m gitops.validation.custom_resources`,
without descriptions; `sources` says from which release.
"""
