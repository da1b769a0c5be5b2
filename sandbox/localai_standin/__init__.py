"""A stand-in for LocalAI, where its image cannot be had: the same list file, real llama.cpp.

It runs inside an image of the server's name and does what the program relies on, the way LocalAI
does it: which files it reads, what it ignores, which answers need a key, when it loads, evicts and
drains. What it answers is written down in tests/contracts/localai.yaml, line by line with a source.
It is not LocalAI, and says so when it starts, in /system and in /version. Only the engine llama-cpp
really runs.
"""

import os

NOTICE = "This is a stand-in for LocalAI, made for tests; answers come from llama.cpp alone."
VERSION = f"{os.environ.get('STAND_IN_VERSION', 'v4.9.0')} (stand-in)"
"""Its own variable is for tests that go from one version to another."""
