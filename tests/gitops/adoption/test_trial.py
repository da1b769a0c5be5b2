from gitops.adoption.adoption import adoption
from gitops.adoption.trial import refusals
from hardware.profiles import PROFILES
from tests.gitops.adoption.namespaces import SIZES, found, hand_made, request, texts, with_figures

FILES = with_figures(adoption(found(hand_made()), request(SIZES)).files)


def test_files_the_program_takes_have_no_refusals():
    assert refusals("home", FILES, PROFILES) == ()


def test_a_refusal_has_its_line_and_its_cure():
    broken = FILES["models/words.yaml"].replace("slots: 1", "slots: 0")
    (one,) = refusals("home", {**FILES, "models/words.yaml": broken}, PROFILES)

    assert one.subject.startswith("models/words.yaml:")
    assert "use 1 or more" in one.cure


def test_a_stack_that_does_not_fit_is_told_before_anybody_tries():
    large = FILES["models/words.yaml"].replace("size: 200", "size: 90000000000")
    said = texts(refusals("home", {**FILES, "models/words.yaml": large}, PROFILES))

    assert "of its models need" in said
    assert "1 x nvidia-l4 has" in said


def test_a_chat_model_without_figures_is_told_with_its_cure():
    (one,) = refusals("home", adoption(found(hand_made()), request(SIZES)).files, PROFILES)

    assert "assistant-7b has no architecture" in one.text
    assert "add `architecture` to models/assistant-7b.yaml" in one.cure


def test_a_missing_fact_is_not_told_twice():
    lacking = FILES["models/words.yaml"].replace("  size: 200\n", "")

    assert refusals("home", {**FILES, "models/words.yaml": lacking}, PROFILES) == ()
