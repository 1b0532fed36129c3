"""The paper's Figures 2 to 6: growth rules under SET and AccSET; the methods of its Table 2."""
from .bands import band
from .groups import Group
from .style import (SMOOTHING, Drawn, Missing, draw_band, epoch_axis, fit_to_window, legend,
                    legend_columns, legend_lines, line_style, panels, thousands, with_count)

WIDTH = 10.5
BANDS = "Lines: mean over the seeds; bands: mean ± standard deviation, where n ≥ 2. "
QUANTITIES = {"val_accuracy": ("accuracy", "validation accuracy"),
              "val_loss": ("loss", "validation loss (nats)"),
              "connections": ("connections", "connections of the sparse layers")}


def growth_groups(groups: list[Group]) -> dict[str, list[Group]]:
    """SET and AccSET, each where it was run with several growth rules."""
    found = {}
    for method in ("set", "accset"):
        of_method = [g for g in groups if g.method == method and g.setting("pause") == "none"]
        if len({group.setting("grow") for group in of_method}) > 1:
            found[method] = of_method
    return found


def growth_figures(groups: list[Group]) -> list[Drawn | Missing]:
    by_method = growth_groups(groups)
    drawn = []
    for number, field in ((2, "val_accuracy"), (3, "val_loss")):
        word, axis_label = QUANTITIES[field]
        title = f"Figure {number}: {word} of the growth rules"
        if not by_method:
            drawn.append(Missing(title, "needs runs of SET or AccSET with two growth rules "
                                        "or more"))
            continue
        # One colour a way to grow, the same under both methods.
        ways = list(dict.fromkeys(_way(g) for of_method in by_method.values() for g in of_method))
        styles = {way: line_style(place) for place, way in enumerate(ways)}
        labels = [with_count(way, n) for way, n in _counts(by_method, ways)]
        figure, axes, strip = panels(1, len(by_method), (WIDTH, 4.2), legend_lines(labels, WIDTH),
                                     sharey=True)
        for axis, of_method in zip(axes[0], by_method.values()):
            for group in of_method:
                draw_band(axis, band(group, field), styles[_way(group)])
            axis.set_title(of_method[0].method_label)
            epoch_axis(axis)
        axes[0][0].set_ylabel(axis_label)
        legend(strip, list(zip(labels, styles.values())), legend_columns(labels, WIDTH))
        absent = [m for m, name in (("set", "SET"), ("accset", "AccSET")) if m not in by_method]
        caption = BANDS + SMOOTHING + (
            f" {'SET' if absent == ['set'] else 'AccSET'} was not run with several growth rules."
            if absent else "")
        drawn.append(Drawn(f"figure{number}_growth_{word}", title, caption, figure))
    return drawn


def _way(group: Group) -> str:
    """The growth rule, and what else tells the group from others of its method."""
    rule = f"{group.growth_label} growth"
    rest = [part for part in group.extra.split(", ") if part and part != rule]
    return ", ".join([rule] + rest)


def _counts(by_method: dict[str, list[Group]], ways: list[str]):
    for way in ways:
        counts = [len(g.runs) for of_method in by_method.values() for g in of_method
                  if _way(g) == way]
        yield way, counts[0] if len(set(counts)) == 1 else " and ".join(map(str, counts))


def method_groups(groups: list[Group]) -> list[Group]:
    """All but other growth rules than random of the methods that Figures 2 and 3 show."""
    shown = [id(g) for of_method in growth_groups(groups).values() for g in of_method
             if g.setting("grow") != "random"]
    return [group for group in groups if id(group) not in shown]


def method_figures(groups: list[Group]) -> list[Drawn | Missing]:
    groups = method_groups(groups)
    drawn = []
    for number, field in ((4, "val_accuracy"), (5, "val_loss"), (6, "connections")):
        word, axis_label = QUANTITIES[field]
        title = f"Figure {number}: {word} of the methods"
        if not groups:
            drawn.append(Missing(title, "needs runs with random growth"))
            continue
        bands = [band(group, field) for group in groups]
        labels = [with_count(group.label, len(group.runs)) for group in groups]
        last = max(len(each.epochs) for each in bands)
        zoom = 100 if last >= 200 else last // 4
        columns = 2 if zoom >= 3 else 1
        figure, axes, strip = panels(1, columns, (WIDTH, 4.6), legend_lines(labels, WIDTH),
                                     width_ratios=(3, 2)[:columns])
        for axis in axes[0]:
            for place, each in enumerate(bands):
                draw_band(axis, each, line_style(place))
            epoch_axis(axis)
            if field == "connections":
                thousands(axis)
        axes[0][0].set_ylabel(axis_label)
        axes[0][0].set_title("all epochs")
        if field == "connections":
            axes[0][0].set_ylim(bottom=0)
        if columns == 2:
            axes[0][1].set_title(f"the last {zoom} epochs")
            fit_to_window(axes[0][1], bands, last - zoom + 1, last)
        legend(strip, [(label, line_style(place)) for place, label in enumerate(labels)],
               legend_columns(labels, WIDTH))
        drawn.append(Drawn(f"figure{number}_methods_{word}", title, BANDS + SMOOTHING, figure))
    return drawn
