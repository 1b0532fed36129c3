"""The folders of the sources: which may include which, as docs/architecture.md says, and what the
sources, the public headers and the build say."""
import collections
import dataclasses
import fnmatch
import itertools
import os
import pathlib
import re

PAGE = "docs/architecture.md"
HEADERS = "include/regrow"
_HEADING = re.compile(r"\|\s*folder\s*\|\s*stands on\s*\|\s*public headers\s*\|")
_CODE = re.compile(r"`([^`]+)`")
_INCLUDE = re.compile(r'\s*#\s*include\s*"([^"]+)"')
_LIBRARY = re.compile(r"regrow_library\((\w+)([^)]*)\)")
_CORE = re.compile(r"target_link_libraries\((regrow_core) INTERFACE([^)]*)\)")
_ADDED = re.compile(r"add_subdirectory\((\w+)\)")
_SUFFIXES = (".h", ".cpp", ".cu", ".cuh")


@dataclasses.dataclass
class Row:
    """A folder, as the page has it."""
    folder: str
    stands_on: list
    headers: list  # patterns, below include/regrow


@dataclasses.dataclass(frozen=True)
class Include:
    file: str
    line: int
    target: str  # a file of the tree

    def __str__(self):
        return f"{self.file}:{self.line}"


class Folders:
    """The tree below `root`, held against its page. `complaints`: what is wrong, a line each."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.complaints = []
        self.rows = self._read_rows()
        self.below = self._find_below()
        self.files = self._find_files()
        self.includes = self._read_includes()
        self._check_rows()
        self._check_includes()
        self._check_circles()
        self._check_order()
        self._check_links()

    def folder_of(self, file):
        """The row's folder that a file belongs to, or None."""
        if file.startswith(HEADERS + "/"):
            name = file[len(HEADERS) + 1:]
            owners = [row.folder for row in self.rows.values()
                      if any(fnmatch.fnmatchcase(name, pattern) for pattern in row.headers)]
            return owners[0] if owners else None
        for folder in pathlib.PurePosixPath(file).parents:
            if str(folder) in self.rows:
                return str(folder)
        return None

    def may_include(self, folder, other):
        return folder == other or other in self.below[folder]

    def _say(self, text):
        self.complaints.append(text)

    def _read_rows(self):
        rows = {}
        lines = (self.root / PAGE).read_text(encoding="utf-8").splitlines()
        is_inside = False
        for number, line in enumerate(lines, 1):
            if _HEADING.match(line):
                is_inside = True
            elif is_inside and not line.startswith("|"):
                is_inside = False
            elif is_inside and not line.startswith("|---"):
                folder, stands_on, headers = (_CODE.findall(cell) for cell in line.split("|")[1:4])
                if len(folder) != 1 or folder[0] in rows:
                    self._say(f"{PAGE}:{number}: a row is about one folder, which no other row has")
                    continue
                for other in stands_on:
                    if other not in rows:
                        self._say(f"{PAGE}:{number}: {folder[0]} stands on {other}, which no row "
                                  f"above it has; put that row first, or, where {other} stands on "
                                  f"{folder[0]}, break the circle")
                rows[folder[0]] = Row(folder[0], [o for o in stands_on if o in rows], headers)
        if not rows:
            self._say(f"{PAGE}: it has no table with the columns folder, stands on, public headers")
        return rows

    def _find_below(self):
        below = {}
        for row in self.rows.values():  # rows stand on rows before them
            below[row.folder] = set(row.stands_on).union(*(below[o] for o in row.stands_on))
        return below

    def _find_files(self):
        files = set()
        for top in ("host", "cuda", "include", "tools"):
            for folder, _, names in os.walk(self.root / top):
                path = pathlib.Path(folder).relative_to(self.root).as_posix()
                files |= {f"{path}/{name}" for name in names if name.endswith(_SUFFIXES)}
        return files

    def _resolve(self, file, name):
        """What a file's include means, by the folders that the build lets it search."""
        top = file.split("/", maxsplit=1)[0]
        searched = [os.path.dirname(file), "include", "host"] + (["cuda"] if top == "cuda" else [])
        found = [f"{folder}/{name}" for folder in searched if f"{folder}/{name}" in self.files]
        return list(dict.fromkeys(found))

    def _read_includes(self):
        includes = []
        for file in sorted(self.files):
            lines = (self.root / file).read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, 1):
                if (match := _INCLUDE.match(line)) is None:
                    continue
                found = self._resolve(file, match.group(1))
                if len(found) != 1:
                    means = "is no file" if not found else "may mean " + " or ".join(found)
                    self._say(f"{file}:{number}: \"{match.group(1)}\" {means}; quotes are for the "
                              "project's own files, by a name that only one has")
                    continue
                includes.append(Include(file, number, found[0]))
        return includes

    def _check_rows(self):
        used = set()
        for file in sorted(self.files):
            folder = self.folder_of(file)
            if folder is None:
                self._say(f"{file}: no row of {PAGE} has it; give its folder one, or, of a public "
                          "header, name it in the row of the folder that implements it")
            used.add(folder)
        for row in self.rows.values():
            if row.folder not in used:
                self._say(f"{PAGE}: {row.folder} has no sources; take its row out")
            for pattern in row.headers:
                names = fnmatch.filter((f[len(HEADERS) + 1:] for f in self.files
                                        if f.startswith(HEADERS + "/")), pattern)
                if not names:
                    self._say(f"{PAGE}: {row.folder} has the public header {pattern}, which there "
                              "is not; take it out")
                for name in names:
                    if self.folder_of(f"{HEADERS}/{name}") != row.folder:
                        self._say(f"{PAGE}: {name} is a public header of {row.folder} and of "
                                  f"{self.folder_of(f'{HEADERS}/{name}')}; leave it in one row")
        followed = {(self.folder_of(i.file), self.folder_of(i.target)) for i in self.includes}
        for row in self.rows.values():
            for other in row.stands_on:
                if (row.folder, other) not in followed:
                    self._say(f"{PAGE}: {row.folder} stands on {other}, but includes nothing of "
                              "it; take that out")

    def _check_includes(self):
        for include in self.includes:
            here, there = self.folder_of(include.file), self.folder_of(include.target)
            if here is None or there is None or self.may_include(here, there):
                continue
            if here in self.below[there]:
                remedy = (f"{there} stands on {here}: move what {here} needs into a folder below "
                          "both")
            else:
                remedy = (f"move what {here} needs into a folder below both, or, if {here} should "
                          f"know {there}, say so in its row of {PAGE}")
            self._say(f"{include}: it belongs to {here} and includes {include.target} of {there}, "
                      f"which {here} does not stand on; {remedy}")

    def _check_circles(self):
        """Files that include each other, however many are in between."""
        targets = collections.defaultdict(list)
        for include in self.includes:
            targets[include.file].append(include)
        done, path = set(), []

        def visit(file):
            path.append(file)
            for include in targets[file]:
                if include.target in path:
                    circle = path[path.index(include.target):] + [include.target]
                    self._say(f"{include}: files include each other in a circle: "
                              f"{' > '.join(circle)}; move what both need into a file of its own")
                elif include.target not in done:
                    visit(include.target)
            done.add(path.pop())

        for file in sorted(self.files):
            if file not in done:
                visit(file)

    def _read_links(self):
        """Of the libraries of host/: {name: (folder, names linked)}; regrow_core has no folder."""
        links = {}
        for file in sorted((self.root / "host").glob("**/CMakeLists.txt")):
            folder = file.parent.relative_to(self.root).as_posix()
            text = re.sub(r"#.*", "", file.read_text(encoding="utf-8"))
            for name, arguments in _LIBRARY.findall(text):
                links[name] = (folder, re.findall(r"\bregrow_\w+", arguments.partition("LINK")[2]))
            for name, arguments in _CORE.findall(text):
                links[name] = (None, re.findall(r"\bregrow_\w+", arguments))
        return links

    def _check_order(self):
        build = self.root / "host" / "CMakeLists.txt"
        added = _ADDED.findall(build.read_text(encoding="utf-8"))
        rows = [row[len("host/"):] for row in self.rows if row.startswith("host/")]
        if added != rows:
            first = next((a or b for a, b in itertools.zip_longest(added, rows) if a != b))
            self._say(f"host/CMakeLists.txt: it adds folders in another order than {PAGE} lists "
                      f"them, from {first} on; give both the same")

    def _check_links(self):
        links = self._read_links()

        def linked(name):  # folders, without those that only a folder between links
            folder, others = links[name]
            if folder is not None:
                return {folder}
            return set().union(*(linked(other) for other in others if other in links))

        direct = collections.defaultdict(set)
        for folder, others in links.values():
            for other in others if folder is not None else ():
                if other not in links:
                    self._say(f"{folder}/CMakeLists.txt: it links {other}, which no folder of "
                              "host/ makes")
                    continue
                for there in sorted(linked(other)):
                    if folder in self.rows and not self.may_include(folder, there):
                        self._say(f"{folder}/CMakeLists.txt: it links {other} of {there}, which "
                                  f"{folder} does not stand on in {PAGE}")
                    direct[folder].add(there)

        def reached(folder, seen):
            for other in direct[folder] - seen:
                seen.add(other)
                reached(other, seen)
            return seen

        for row in self.rows.values():
            if not row.folder.startswith("host/"):
                continue
            for other in row.stands_on:
                if other not in reached(row.folder, {row.folder}):
                    self._say(f"{row.folder}/CMakeLists.txt: it does not link {other}, which "
                              f"{row.folder} stands on in {PAGE}")
