"""What a server alone knows: a file that is written once, and to which what is new is added."""

import pytest

from gitops.export.environment import Number, environment, lacking


def ports(*names: str) -> dict[str, Number]:
    return {name: Number(number=8080 + index) for index, name in enumerate(names)}


def gpus(**shares: int) -> dict[str, Number]:
    return {name: Number(number=0, share=share) for name, share in shares.items()}


def test_what_was_just_written_lacks_nothing():
    known = (ports("A_PORT", "B_PORT"), {"A_GPU_0": Number(number=0), "S": Number(number=None)})

    assert lacking(environment("dev", *known).encode(), *known) == {}


def test_what_is_new_gets_the_lowest_port_that_nothing_else_of_the_stack_has():
    found = lacking(b"A_PORT=8080\nC_PORT=8081\n", ports("A_PORT", "B_PORT", "C_PORT", "D_PORT"))

    assert found == {"B_PORT": "8082", "D_PORT": "8083"}


def test_the_port_of_what_left_the_stack_is_free_again():
    assert lacking(b"GONE_PORT=8081\nA_PORT=8080\n", ports("A_PORT", "B_PORT")) == {
        "B_PORT": "8081"
    }


@pytest.mark.parametrize(
    "line",
    [b"A_PORT=8080", b'A_PORT="8080"', b"export A_PORT='8080'", b"A_PORT=8080 # mine",
     b"A_PORT=1\r\nA_PORT=8080\r\n", b"# caf\xe9\n\tA_PORT=8080", b"A_PORT="],
)  # fmt: skip
def test_a_line_is_read_as_a_shell_reads_it(line: bytes):
    assert lacking(line, ports("A_PORT", "B_PORT")) == {"B_PORT": "8081"}


def test_a_line_that_is_a_comment_names_nothing():
    assert lacking(b"#A_PORT=9000\n", ports("A_PORT")) == {"A_PORT": "8080"}


def test_a_new_pool_gets_no_gpu_that_another_has():
    assert lacking(b"A_GPU_0=1\n", gpus(B_GPU_0=1, A_GPU_0=1, C_GPU_0=1)) == {
        "B_GPU_0": "0", "C_GPU_0": "2",
    }  # fmt: skip


def test_a_gpu_that_is_shared_is_given_as_often_as_it_is_shared_and_to_no_pool_of_its_own():
    found = lacking(b"A=0\nB=1\n", gpus(A=2, B=1, C=2, D=2, E=2, F=1))

    assert found == {"C": "0", "D": "2", "E": "2", "F": "3"}


def test_a_slice_is_added_for_a_person_to_name():
    assert lacking(b"", {"SLICE_GPU_0": Number(number=None)}) == {"SLICE_GPU_0": ""}
