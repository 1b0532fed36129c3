#!/usr/bin/env python3
"""Tests of tools/profile.sh with stand-ins for nsys, ncu and regrow: what they are asked to do, and
what is left of it when they fail. They say nothing of what the real tools make of it."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "profile.sh"

# Each stand-in appends its name and arguments to $CALLS as a line of JSON.
LOG = f"""#!{sys.executable} -SE
import json, os, pathlib, signal, subprocess, sys
name, arguments = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps([name, *arguments]) + "\\n")
broken = os.environ.get("BROKEN", "").split(",")
def value(option):
    return arguments[arguments.index(option) + 1]
def profiled():
    return arguments[next(i for i, a in enumerate(arguments) if a.endswith("regrow")):]
"""
REGROW = LOG + """
run = pathlib.Path(value("--out"))
run.mkdir()
(run / "metrics.jsonl").write_text("{}")
print("progress of the training")
sys.exit(3 if "regrow" in broken else 0)
"""
NSYS = LOG + """
if arguments[0] == "profile":
    if "killed" in broken:
        pathlib.Path(value("--output") + ".qdstrm").write_text("half")
        os.kill(os.getppid(), signal.SIGTERM)
        sys.exit(0)
    code = subprocess.run(profiled()).returncode
    if code or "profile" in broken:
        pathlib.Path(value("--output") + ".nsys-rep").write_text("half of a rep")
        sys.exit(code or 5)
    if "range" not in broken:
        pathlib.Path(value("--output") + ".nsys-rep").write_text("a report")
else:
    pathlib.Path(value("--sqlite")).write_text("tables")
    if "stats" in broken:
        sys.exit(6)
    print("a table of", pathlib.Path(arguments[-1]).read_text())
"""
NCU = LOG + """
if "--import" in arguments:
    if pathlib.Path(value("--import")).read_text() != "a report":
        sys.exit(8)
    print('"ID","Kernel Name"')
    if "import" in broken:
        sys.exit(7)
    if "rows" not in broken:
        print('"0","a_kernel"')
else:
    print("==PROF== Connected")
    code = subprocess.run(profiled()).returncode
    if code or "profile" in broken:
        sys.exit(code or 5)
    if "range" not in broken:
        pathlib.Path(value("--export") + ".ncu-rep").write_text("a report")
"""


class Profile(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="a folder ")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name in ("bin", "tmp", "out"):
            (self.folder / name).mkdir()
        for name, text in (("nsys", NSYS), ("ncu", NCU), ("regrow", REGROW)):
            program = self.folder / "bin" / name
            program.write_text(text)
            program.chmod(0o755)
        self.out = self.folder / "out" / "the profile"
        self.calls_file = self.folder / "calls"
        self.variables = {
            **os.environ, "CALLS": str(self.calls_file), "TMPDIR": str(self.folder / "tmp"),
            "REGROW": str(self.folder / "bin" / "regrow"),
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}

    def profile(self, *arguments, **variables):
        done = subprocess.run([SCRIPT, *map(str, arguments)], cwd=self.folder, check=False,
                              env={**self.variables, **variables}, capture_output=True, text=True)
        # Whatever happens, no temporary run or report stays.
        self.assertEqual(os.listdir(self.folder / "tmp"), [])
        self.assertEqual([p for p in self.folder.rglob(".profile.*")], [])
        return done

    def fails(self, message, *arguments, **variables):
        done = self.profile(*arguments, **variables)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, f"^profile.sh: .*{message}.*\n$")
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def passes(self, *arguments, **variables):
        done = self.profile(*arguments, **variables)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def calls(self):
        if not self.calls_file.exists():
            return []
        return [json.loads(line) for line in self.calls_file.read_text().splitlines()]

    def call_of(self, name):
        return next(call for call in self.calls() if call[0] == name)

    def left(self):
        return sorted(path.name for path in self.out.parent.iterdir())

    def has(self, call, *arguments):
        """The arguments stand in the call, side by side."""
        found = any(tuple(call[i:i + len(arguments)]) == arguments for i in range(len(call)))
        self.assertTrue(found, f"{arguments} not in {call}")


class Timeline(Profile):
    def test_nsys_is_asked_for_the_marked_epochs_with_the_graphs_nodes(self):
        text = self.passes(self.out)
        profile, regrow, stats = self.calls()
        self.assertEqual(profile[:2], ["nsys", "profile"])
        for option in (("--trace", "cuda,nvtx,osrt"), ("--cuda-graph-trace", "node"),
                       ("--capture-range", "cudaProfilerApi"), ("--capture-range-end", "stop")):
            self.has(profile, *option)
        self.assertEqual(profile[-len(regrow) + 1:], regrow[1:])
        self.assertEqual(stats[:2], ["nsys", "stats"])
        self.has(stats, "--report", "nvtx_sum,cuda_gpu_kern_sum")
        self.assertEqual(stats[-1], f"{self.out}.nsys-rep")
        self.assertIn("a table of a report", text)
        self.assertEqual(self.left(), ["the profile.nsys-rep"])

    def test_without_arguments_the_papers_network(self):
        self.passes(self.out)
        regrow = self.call_of("regrow")
        self.assertEqual(regrow[1], "train")
        for option in (("--device", "cuda"), ("--epochs", "4"), ("--profile-epochs", "2:3"),
                       ("--preset", "paper"), ("--hidden", "4000,1000,4000")):
            self.has(regrow, *option)

    def test_arguments_are_passed_on_and_come_after_the_defaults(self):
        self.passes(self.out, "--data", "my data", "--profile-epochs", "5:6", "--cuda-graph", "false")
        regrow = self.call_of("regrow")
        self.has(regrow, "--data", "my data", "--profile-epochs", "5:6", "--cuda-graph", "false")
        self.assertGreater(regrow.index("5:6"), regrow.index("2:3"))
        self.assertNotIn("--preset", regrow)

    def test_a_folder_that_is_not_there_is_made_and_old_reports_are_replaced(self):
        self.out = self.folder / "new" / "deeper" / "p"
        for _ in range(2):
            self.passes("new/deeper/p")
            self.assertEqual((self.folder / "new/deeper/p.nsys-rep").read_text(), "a report")
            self.out.with_suffix(".nsys-rep").write_text("old")

    def test_a_failing_nsys_or_program_leaves_what_was_there(self):
        old = pathlib.Path(f"{self.out}.nsys-rep")
        old.write_text("old")
        self.fails("nsys profile ended with 5; nothing is written", self.out, BROKEN="profile")
        self.fails("nsys profile ended with 3; nothing is written", self.out, BROKEN="regrow")
        self.assertEqual((self.left(), old.read_text()), ([old.name], "old"))
        self.assertNotIn("stats", [call[1] for call in self.calls()])

    def test_a_range_never_entered_is_said(self):
        self.fails("nsys recorded nothing", self.out, BROKEN="range")
        self.assertEqual(self.left(), [])

    def test_failing_tables_do_not_lose_the_report(self):
        self.fails("nsys stats ended with 6; .*the profile.nsys-rep is whole", self.out,
                   BROKEN="stats")
        self.assertEqual(self.left(), ["the profile.nsys-rep"])

    def test_terminated_it_leaves_nothing(self):
        done = self.profile(self.out, BROKEN="killed")
        self.assertEqual(done.returncode, -signal.SIGTERM)
        self.assertEqual(self.left(), [])


class Kernels(Profile):
    def test_ncu_is_asked_for_one_step_of_the_marked_epochs(self):
        text = self.passes("--kernels", self.out)
        profile, regrow, table = self.calls()
        for option in (("--profile-from-start", "off"), ("--launch-count", "24"),
                       ("--clock-control", "none"), ("--set", "detailed")):
            self.has(profile, *option)
        self.assertEqual(profile[-len(regrow) + 1:], regrow[1:])
        self.assertEqual(regrow[-2:], ["--cuda-graph", "false"])
        for option in (("--csv",), ("--page", "details")):
            self.has(table, *option)
        # The table is nothing but a table.
        self.assertEqual(pathlib.Path(f"{self.out}.csv").read_text(),
                         '"ID","Kernel Name"\n"0","a_kernel"\n')
        self.assertIn("==PROF==", text)
        self.assertEqual(self.left(), ["the profile.csv", "the profile.ncu-rep"])

    def test_a_failing_ncu_or_program_leaves_what_was_there(self):
        old = pathlib.Path(f"{self.out}.csv")
        old.write_text("old")
        self.fails("ncu ended with 5; nothing is written", "--kernels", self.out, BROKEN="profile")
        self.fails("ncu ended with 3; nothing is written", "--kernels", self.out, BROKEN="regrow")
        self.fails("ncu recorded nothing", "--kernels", self.out, BROKEN="range")
        self.assertEqual((self.left(), old.read_text()), ([old.name], "old"))

    def test_a_failing_table_does_not_lose_the_report(self):
        self.fails("ncu --import ended with 7; .*ncu-rep is whole", "--kernels", self.out,
                   BROKEN="import")
        self.assertEqual(self.left(), ["the profile.ncu-rep"])

    def test_a_table_without_kernels_is_none(self):
        self.fails("ncu recorded nothing", "--kernels", self.out, BROKEN="rows")
        self.assertNotIn("the profile.csv", self.left())


class Refusals(Profile):
    def tearDown(self):
        self.assertEqual(self.calls(), [])
        self.assertEqual(self.left(), [])

    def test_help_is_no_profile(self):
        for option in ("-h", "--help"):
            text = self.passes(option)
            self.assertRegex(text, r"^Profiles a few epochs")
            self.assertRegex(text, r"\nusage: tools/profile\.sh \[--kernels\] OUT")
            self.assertTrue(text.endswith("Variable: REGROW (build/regrow).\n"), text)

    def test_no_out(self):
        for arguments in ((), ("--kernels",), ("",), ("--cuda-graph", "false"),
                          (f"{self.folder}/out/",)):
            self.fails("where to\\?", *arguments)

    def test_a_program_that_is_not_there(self):
        self.fails("no such program; build it, or set REGROW", self.out, REGROW="none")
        self.fails("no such program", self.out, REGROW=str(self.folder))  # a folder is executable

    def test_a_tool_that_is_not_there(self):
        tools = self.folder / "tools"
        tools.mkdir()
        for name in ("env", "bash", "dirname", "mktemp", "mkdir", "rm", "mv", "grep"):
            (tools / name).symlink_to(shutil.which(name))
        self.fails("nsys is not on the PATH", self.out, PATH=str(tools))
        self.fails("ncu is not on the PATH", "--kernels", self.out, PATH=str(tools))

    def test_a_folder_that_cannot_be_made(self):
        (self.folder / "file").write_text("")
        self.fails("file: cannot be made a folder", self.folder / "file" / "p")


if __name__ == "__main__":
    unittest.main()
