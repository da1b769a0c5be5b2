"""PromQL is put together from names and labels; nothing in a label can end it."""

from components.addons.monitoring.promql import Matching, either, rate, series, total


def test_a_series_is_named_by_its_labels_in_order():
    assert series("up", namespace="n", service="s") == 'up{namespace="n",service="s"}'


def test_a_value_is_compared_as_it_is_or_as_a_pattern():
    assert series("m", a=Matching(pattern="5..")) == 'm{a=~"5.."}'
    assert series("m", a=Matching(pattern="x", absent=True)) == 'm{a!~"x"}'
    assert series("m", a=either(["one", "two"])) == 'm{a=~"one|two"}'


def test_quotes_and_backslashes_of_a_value_stay_inside():
    assert series("m", a='x"} or up{') == 'm{a="x\\"} or up{"}'
    assert series("m", a="\\") == 'm{a="\\\\"}'


def test_sums_and_rates_name_their_labels_and_window():
    assert (
        total(rate(series("m", a="b"), 5), "le", "model")
        == 'sum by (le, model)(rate(m{a="b"}[5m]))'
    )
    assert total("m") == "sum(m)"
