"""What is said of the patches: a line about each, and a table by area."""
from .campaign import GOOD, OUTCOMES


def line(outcome, number, of):
    text = f"[{number}/{of}] {outcome.patch.name}: {outcome.kind}"
    if outcome.detail:
        text += f" ({outcome.detail})"
    if outcome.kept:
        return text + " [kept]"
    return text + (f" {outcome.seconds:.1f} s" if outcome.seconds else "")


def table(outcomes):
    """Counts by area, without the columns that count nothing."""
    kinds = [kind for kind in OUTCOMES if any(outcome.kind == kind for outcome in outcomes)]
    rows = [["area", "faults", *kinds]]
    areas = sorted({outcome.patch.area for outcome in outcomes})
    for area in [*areas, "all"]:
        of_area = [outcome for outcome in outcomes if area in ("all", outcome.patch.area)]
        rows.append([area, str(len(of_area)),
                     *(str(sum(outcome.kind == kind for outcome in of_area)) for kind in kinds)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join([row[0].ljust(widths[0]),
                                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))])
                     for row in rows)


def document(outcomes, spent):
    """The same as Markdown, with what caught each fault."""
    ordered = sorted(outcomes, key=lambda outcome: (outcome.kind in GOOD, outcome.patch.name))
    text = ["# Planted faults", "", "```", table(outcomes), "```", "",
            f"{spent:.0f} s, of which results that were kept took none.", "",
            "| fault | outcome | by | seconds |", "|---|---|---|---|"]
    for outcome in ordered:
        detail = outcome.detail.replace("|", "\\|")
        text.append(f"| {outcome.patch.name} | {outcome.kind} | {detail} | {outcome.seconds:.1f} |")
    return "\n".join(text) + "\n"
