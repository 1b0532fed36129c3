#!/usr/bin/env python3
"""No include, link or circle but those that docs/architecture.md allows; and of made-up trees, that
each of them would be noticed."""
import pathlib
import tempfile
import unittest

import folders

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A sound tree: host/top stands on host/low, and both have a library.
TREE = {
    folders.PAGE: ("| folder | stands on | public headers | what |\n|---|---|---|---|\n"
                   "| `host/low` | | `low.h` `low/*.h` | |\n"
                   "| `host/top` | `host/low` | | |\n"
                   "| `host/side` | `host/low` | | |\n"),
    "include/regrow/low.h": "#pragma once\n",
    "include/regrow/low/more.h": "#pragma once\n",
    "host/low/low.cpp": '#include "regrow/low.h"\n#include "low/inner.h"\n#include <vector>\n',
    "host/low/inner.h": '#include "regrow/low/more.h"\n',
    "host/low/CMakeLists.txt": "regrow_library(regrow_low SOURCES low.cpp LINK fmt::fmt)\n",
    "host/top/top.cpp": '#include "low/inner.h"\n#include "top/top.h"\n',
    "host/top/top.h": "",
    "host/top/CMakeLists.txt": "regrow_library(regrow_top\n  SOURCES top.cpp\n  LINK regrow_low)\n",
    "host/side/side.h": '#include "regrow/low.h"\n',
    "host/side/CMakeLists.txt": "regrow_library(regrow_side SOURCES side.cpp LINK regrow_core)\n",
    "host/CMakeLists.txt": ("add_subdirectory(low)\nadd_subdirectory(top)\nadd_subdirectory(side)\n"
                            "target_link_libraries(regrow_core INTERFACE regrow_low)\n"),
}


class Project(unittest.TestCase):
    def test_includes_nothing_that_its_folders_do_not_stand_on(self):
        project = folders.Folders(ROOT)
        if project.complaints:
            self.fail("\n" + "\n".join(project.complaints))
        self.assertGreater(len(project.rows), 20)
        self.assertGreater(len(project.includes), 1000)


class MadeUpTree(unittest.TestCase):
    def complaints(self, changes=None):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**TREE, **(changes or {})}.items():
                file = pathlib.Path(folder, name)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            return folders.Folders(folder).complaints

    def added(self, file, text):
        """The tree's complaints with a text at the end of a file."""
        return self.complaints({file: TREE.get(file, "") + text})

    def page(self, old, new):
        page = TREE[folders.PAGE]
        self.assertIn(old, page)
        return self.complaints({folders.PAGE: page.replace(old, new)})

    def only(self, complaints, *words):
        self.assertEqual(len(complaints), 1, complaints)
        for word in words:
            self.assertIn(word, complaints[0])

    def test_is_sound(self):
        self.assertEqual(self.complaints(), [])

    def test_an_include_that_runs_upwards(self):
        self.only(self.added("host/low/low.cpp", '#include "top/top.h"\n'),
                  "host/low/low.cpp:4:", "belongs to host/low", "host/top/top.h of host/top",
                  "host/top stands on host/low: move what host/low needs")

    def test_an_include_of_a_folder_beside(self):
        self.only(self.added("host/side/side.h", '#  include "top/top.h"\n'),
                  "host/side/side.h:2:", "host/side should know host/top", folders.PAGE)

    def test_an_upward_include_of_a_public_header(self):
        self.only(self.added("include/regrow/low/more.h", '#include "side/side.h"\n'),
                  "include/regrow/low/more.h:2:", "belongs to host/low")

    def test_a_circle_of_files_within_a_folder(self):
        self.only(self.complaints({"host/top/top.h": '#include "top/other.h"\n',
                                   "host/top/other.h": '#include "top/third.h"\n',
                                   "host/top/third.h": '#include "top/top.h"\n'}),
                  "in a circle", "host/top/other.h > host/top/third.h > host/top/")

    def test_a_circle_of_folders(self):
        complaints = self.page("| `host/low` | | `low.h`", "| `host/low` | `host/top` | `low.h`")
        self.only(complaints, f"{folders.PAGE}:3:", "stands on host/top", "break the circle")

    def test_an_include_of_no_file(self):
        self.only(self.added("host/top/top.h", '#include "low/gone.h"\n'), "host/top/top.h:1:",
                  "is no file")

    def test_an_include_of_two_files(self):
        complaints = self.complaints({
            folders.PAGE: TREE[folders.PAGE] + "| `cuda/low` | `host/low` | | |\n",
            "cuda/low/inner.h": "", "cuda/low/kernel.cu": '#include "low/inner.h"\n'})
        self.assertIn("host/low/inner.h or cuda/low/inner.h", complaints[0] + complaints[-1])

    def test_a_folder_without_a_row(self):
        self.only(self.complaints({"host/new/new.h": ""}), "host/new/new.h", "no row")

    def test_a_public_header_without_a_row(self):
        self.only(self.complaints({"include/regrow/new.h": ""}), "include/regrow/new.h", "no row")

    def test_a_public_header_in_two_rows(self):
        self.only(self.page("| `host/side` | `host/low` | |",
                            "| `host/side` | `host/low` | `low.h` |"), "leave it in one row")

    def test_a_public_header_that_is_gone(self):
        self.only(self.page("`low.h`", "`low.h` `old.h`"), "old.h", "take it out")

    def test_a_row_that_is_needed_no_more(self):
        complaints = self.complaints(
            {folders.PAGE: TREE[folders.PAGE] + "| `cuda/old` | | | |\n"})
        self.only(complaints, "cuda/old has no sources")

    def test_an_arrow_that_no_include_follows(self):
        self.only(self.complaints({"host/side/side.h": ""}),
                  "host/side stands on host/low, but includes nothing of it")

    def test_a_row_of_a_folder_that_has_one(self):
        complaints = self.complaints({folders.PAGE: TREE[folders.PAGE] + "| `host/top` | | | |\n"})
        self.only(complaints, f"{folders.PAGE}:6:", "one folder")

    def test_a_page_without_the_table(self):
        complaints = self.complaints({folders.PAGE: "# Architecture\n"})
        self.assertIn("it has no table", complaints[0])

    def test_a_library_that_links_upwards(self):
        self.only(self.complaints({"host/low/CMakeLists.txt":
                                   "regrow_library(regrow_low SOURCES low.cpp LINK regrow_top)\n"}),
                  "host/low/CMakeLists.txt", "links regrow_top of host/top")

    def test_a_library_that_does_not_link_what_its_folder_stands_on(self):
        library = "regrow_library(regrow_top SOURCES top.cpp)  # LINK regrow_low\n"
        self.only(self.complaints({"host/top/CMakeLists.txt": library}),
                  "host/top/CMakeLists.txt", "does not link host/low")

    def test_a_build_in_another_order_than_the_page(self):
        build = TREE["host/CMakeLists.txt"]
        self.only(self.complaints({"host/CMakeLists.txt": build.replace("(top)", "(side)", 1)}),
                  "host/CMakeLists.txt", "from side on")


if __name__ == "__main__":
    unittest.main()
