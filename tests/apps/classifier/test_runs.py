from typing import Any

from apps.classifier.runs import card, ordered, picture, table

RUN: dict[str, Any] = {
    "name": "forest", "seed": 7, "parameters": {"n_estimators": 100}, "packages": {"onnx": "1.2"},
    "data": f"sha256:{'d' * 64}", "digest": f"sha256:{'a' * 64}", "size": 5000, "seconds": 1.5,
    "right": 440, "total": 450, "f1": 0.977, "revision": f"{'c' * 40}-changed",
    "confusion": [[9, 1], [0, 8]],
}  # fmt: skip


def test_runs_are_ordered_by_accuracy_then_by_size():
    small, better = {**RUN, "name": "small", "size": 10}, {**RUN, "name": "better", "right": 449}

    assert [run["name"] for run in ordered([RUN, small, better])] == ["better", "small", "forest"]


def test_a_table_says_what_each_run_was_made_of_and_how_sure_its_accuracy_is():
    _, line = table([RUN])

    for told in ("forest", "0.9778", "0.9596-0.9879", "5000", "d" * 12, "a" * 12, "c" * 12):
        assert told in line
    assert line.endswith("-changed")


def test_a_plot_is_an_image_with_a_bar_a_run():
    drawn = picture([RUN, {**RUN, "seed": 8}])

    assert [drawn.count(f">forest ({seed})<") for seed in (7, 8, 9)] == [1, 1, 0]
    assert drawn.count("<circle") == 2


def test_a_card_says_bytes_data_figures_and_what_it_is_not_for():
    text = card(RUN)

    for told in (RUN["digest"], RUN["data"], "440 of 450", "n_estimators 100", "not for reading"):
        assert told in text
    assert "| **0** | 9 | 1 |" in text
