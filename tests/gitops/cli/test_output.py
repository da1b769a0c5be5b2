from gitops.cli.output import Output


def test_a_result_is_printed_as_text_json_or_markdown():
    assert [form.value for form in Output] == ["text", "json", "markdown"]
