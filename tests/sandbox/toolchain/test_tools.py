from importlib.metadata import version

from sandbox.toolchain.tools import TOOLS


def test_no_two_tools_give_the_same_program():
    programs = [program for tool in TOOLS for program in tool.programs]
    assert len(programs) == len(set(programs))


def test_side_files_stay_inside_the_entry():
    targets = [file.target for tool in TOOLS for file in tool.files]
    assert all(target.split("/")[0] in {"bin", "share"} for target in targets)


def test_the_pulumi_cli_is_the_one_the_python_sdk_pins():
    pulumi = next(tool for tool in TOOLS if tool.name == "pulumi")
    assert pulumi.version == version("pulumi")
