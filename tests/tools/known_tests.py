"""The test programs and tests that the sources define, whether or not anything is built."""
import re

_CASE = re.compile(r"\b(?:TEST|TEST_F|TEST_P|TYPED_TEST|TYPED_TEST_P|RC_GTEST_PROP|"
                   r"RC_GTEST_FIXTURE_PROP)\(\s*(\w+),\s*(\w+)")
_PROGRAM = re.compile(r"\bregrow(_kernel)?_test\(\s*(\w+)")


def programs_in(root):
    """The test programs that the CMake files name, whatever of them this machine can build."""
    programs = set()
    for path in (root / "tests").rglob("CMakeLists.txt"):
        for kernel, name in _PROGRAM.findall(path.read_text()):
            programs.add(name + "_emulated" if kernel else name)
    return programs


def cases_in(root):
    """Suite.Name of every test that the sources define."""
    return {f"{suite}.{name}" for path in (root / "tests").rglob("*.cpp")
            for suite, name in _CASE.findall(path.read_text())}


def filter_matches(gtest_filter, cases):
    """Whether every pattern of the filter that takes tests in can match one, parameters aside."""
    for pattern in gtest_filter.partition("-")[0].split(":"):
        # Instances of tests with parameters are called PREFIX/Suite.Name/PARAMETER.
        parts = [part for part in pattern.split("/") if "." in part] or [pattern]
        wanted = re.escape(parts[0]).replace(r"\*", ".*").replace(r"\?", ".")
        if not any(re.fullmatch(wanted, case) for case in cases):
            return False
    return True
