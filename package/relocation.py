"""Moves modules under one package: their imports of each other, and nothing else, are rewritten."""

import ast
from collections.abc import Collection, Iterator


class UnmovableError(Exception):
    """An import that binds another name once its module is moved."""


def relocated(source: str, rooms: Collection[str], package: str) -> str:
    """Return a module's source with its imports of `rooms` below `package`.

    Raises:
        UnmovableError: `import room.module` binds `room`, which would be `package`.
    """
    lines = source.splitlines(keepends=True)
    for line, old, new in _edits(ast.parse(source), rooms, package):
        # An import is the first thing on its line, so the first match is its own.
        lines[line] = lines[line].replace(old, new, 1)
    return "".join(lines)


def _edits(tree: ast.AST, rooms: Collection[str], package: str) -> Iterator[tuple[int, str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level:
            module = node.module or ""
            if module.partition(".")[0] in rooms:
                yield node.lineno - 1, f"from {module} ", f"from {package}.{module} "
        if isinstance(node, ast.Import):
            yield from _plain(node, rooms, package)


def _plain(
    node: ast.Import, rooms: Collection[str], package: str
) -> Iterator[tuple[int, str, str]]:
    ours = [one for one in node.names if one.name.partition(".")[0] in rooms]
    if not ours:
        return
    name = ours[0].name
    if len(node.names) > 1 or (ours[0].asname is None and "." in name):
        raise UnmovableError(f"line {node.lineno}: write `from ... import` for {name}")
    if ours[0].asname:
        yield node.lineno - 1, f"import {name} ", f"import {package}.{name} "
    else:
        yield node.lineno - 1, f"import {name}", f"from {package} import {name}"
