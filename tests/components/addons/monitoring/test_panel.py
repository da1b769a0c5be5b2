"""Panels stand beside each other, three in a row, and ask the data source that the reader chose."""

from components.addons.monitoring.dashboard import Panel, Query, Unit, dashboard

PANEL = Panel(
    title="One", unit=Unit.SECONDS, queries=(Query(expression="up", legend="{{pod}}"),) * 2
)


def test_panels_fill_rows_of_three():
    places = [PANEL.to_dict(index)["gridPos"] for index in range(4)]
    assert [(place["x"], place["y"]) for place in places] == [(0, 0), (8, 0), (16, 0), (0, 8)]


def test_queries_have_letters_and_panels_numbers():
    panel = PANEL.to_dict(6)
    assert panel["id"] == 7
    assert [target["refId"] for target in panel["targets"]] == ["A", "B"]
    assert panel["fieldConfig"]["defaults"]["unit"] == "s"


def test_the_reader_chooses_the_data_source():
    document = dashboard("uid", "LocalAI", [PANEL])
    (variable,) = document["templating"]["list"]
    assert (variable["name"], variable["query"]) == ("datasource", "prometheus")
    (panel,) = document["panels"]
    assert panel["datasource"]["uid"] == "${datasource}"
