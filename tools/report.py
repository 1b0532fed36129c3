#!/usr/bin/env python3
"""Draws a study: the paper's Figures 2 to 6 and the evolution of the masks, from run folders alone.

usage: report.py [--out DIR] [--title T] FOLDER...   a page, index.html; each figure as PNG, SVG
       report.py --overview STEM FOLDER...           STEM.png and STEM.svg: four panels in one
A FOLDER is a run or holds runs, as a sweep's does. Runs that differ in nothing but their seeds are
one curve: their mean, with a band of one standard deviation. Needs Python 3.11 and matplotlib
(tools/install_packages.sh plot).
"""
import argparse
import pathlib
import sys

try:
    from report.evolution import overview_figure
    from report.figures import all_figures
    from report.groups import group_runs
    from report.page import write_page
    from report.runs import ReportError, find_runs, one_line
    from report.style import save
except ImportError as error:
    sys.exit(f"report.py: {error}; install it with tools/install_packages.sh plot, and use "
             "Debian's /usr/bin/python3")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="report", type=pathlib.Path,
                        help="folder of the page and the figures (default: report)")
    parser.add_argument("--title", default="regrow: a study", help="heading of the page")
    parser.add_argument("--overview", metavar="STEM", type=pathlib.Path,
                        help="only the overview, as STEM.png and STEM.svg")
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        runs, warnings = find_runs(arguments.folders)
        groups, twins = group_runs(runs)
        twins = [one_line(twin) for twin in twins]
        for twin in twins:
            print(f"report.py: {twin}", file=sys.stderr)
        if arguments.overview:
            folder, option = arguments.overview.parent, "--overview"
        else:
            folder, option = arguments.out, "--out"
        if folder.exists() and not folder.is_dir():
            raise ReportError(f"{folder}: is not a folder; move it away, or give another {option}")
        folder.mkdir(parents=True, exist_ok=True)
        if arguments.overview:
            save(overview_figure(groups).figure, arguments.overview)
            return
        write_page(arguments.out, arguments.title, groups, all_figures(groups), warnings + twins)
        print(f"{len(runs)} runs in {len(groups)} groups: "
              f"{one_line(str(arguments.out / 'index.html'))}")
    except ReportError as error:
        sys.exit(one_line(f"report.py: {error}"))
    except OSError as error:
        sys.exit(one_line(f"report.py: {error.filename}: {error.strerror}; check its permissions and "
                          "the disk's space, or give another folder"))


if __name__ == "__main__":
    main()
