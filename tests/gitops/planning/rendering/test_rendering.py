from pydantic import TypeAdapter

from gitops.planning.rendering.rendering import Rendering
from tests.gitops.stacks import rendered, stack_file


def test_a_rendering_survives_json():
    rendering = rendered(stack_file())
    adapter = TypeAdapter(Rendering)
    assert adapter.validate_json(adapter.dump_json(rendering)) == rendering


def test_a_reader_ignores_a_field_it_does_not_know():
    plain = TypeAdapter(Rendering).dump_python(rendered(stack_file()), mode="json")
    read = TypeAdapter(Rendering).validate_python({**plain, "later": 1})
    assert read == rendered(stack_file())
