"""Argo CD as programs of a sandbox, reading repositories on this machine."""
