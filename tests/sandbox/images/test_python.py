from pathlib import Path

import pytest

from sandbox.images.python import is_needed, packages, python_image


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("json/decoder.py", True),
        ("lib-dynload/_json.so", True),
        ("test/test_json.py", False),
        ("site-packages/pip/__init__.py", False),
        ("json/__pycache__/decoder.pyc", False),
        ("config-3.11-x86_64-linux-gnu/libpython3.11.a", False),
    ],
)
def test_only_what_a_program_imports_is_in_the_image(path: str, expected: bool):
    assert is_needed(Path(path)) is expected


@pytest.mark.thorough
def test_a_python_image_holds_interpreter_library_and_loader():
    image = python_image()
    assert image.links["/usr/local/bin/python3"].lstrip("/") in str(list(image.files))
    assert any(path.endswith("/json/__init__.py") for path in image.files)
    assert any("ld-linux" in path for path in image.files)
    assert image.user == "65532:65532"


def test_a_package_goes_where_the_interpreter_looks(tmp_path: Path):
    package = tmp_path / "thing"
    package.mkdir()
    (package / "__init__.py").touch()
    (path,) = packages([package])
    assert path.endswith("/site-packages/thing/__init__.py")
