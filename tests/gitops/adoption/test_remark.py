from gitops.adoption.remark import Fate, changed, fault, kept, lost, unknown


def test_a_remark_is_one_line_with_its_cure():
    assert str(lost("model m", "is lost", "do this")) == "model m: is lost; do this"
    assert str(kept("server", "stays")) == "server: stays"


def test_each_fate_has_its_remark():
    made = [fault("a", "b", "c"), unknown("a", "b", "c"), lost("a", "b"), changed("a", "b"),
            kept("a", "b")]  # fmt: skip

    assert [one.fate for one in made] == list(Fate)
