"""The `kubernetes` stand-in: the engine's calls, answered with an API server."""

# ruff: noqa: N802, ARG002 - the methods and their arguments are those of the gRPC service

import os
from typing import Any, Final

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2 as pb

from sandbox.plugins import checkpoint
from sandbox.plugins.check import Naming, checked
from sandbox.plugins.checkpoint import Checkpoint
from sandbox.plugins.connection import Connection, connect
from sandbox.plugins.declaration import Declaration
from sandbox.plugins.diff import changes, deletes_first
from sandbox.plugins.errors import PluginError
from sandbox.plugins.manifests import identifier, kind_of_urn
from sandbox.plugins.properties import Properties, from_struct, marked, plain, to_struct
from sandbox.plugins.provider_diff import provider_diff
from sandbox.plugins.reading import imported, located, reread
from sandbox.plugins.replacements import replacing_fields
from sandbox.plugins.settings import settings
from sandbox.plugins.standin import InitFailedError, StandIn, answers
from sandbox.plugins.wait import NotReadyError
