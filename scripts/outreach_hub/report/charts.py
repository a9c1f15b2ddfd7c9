"""The charts, drawn by Vega-Lite as static SVG: no script, no network, the same in print.

Colours are the page's variables, so that one drawing serves light and dark. A chart is an image to
whoever cannot see it, with a sentence for a name; its numbers are in the table beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

Row = dict[str, Any]
Spec = dict[str, Any]

WIDTH = 560
TIERS = ("COLD", "WARM", "HOT", "BURNING", "no score")
STATUSES = ("queued", "active", "exhausted", "paused", "opted_out")

CONFIG: Spec = {
    "background": None,
    # Letters are measured in one font and shown in the reader's, which may be wider.
    "padding": {"left": 28, "right": 36, "top": 4, "bottom": 4},
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        **dict.fromkeys(("labelColor", "titleColor"), "var(--text)"),
        **dict.fromkeys(("gridColor", "domainColor", "tickColor"), "var(--line)"),
        "labelFontSize": 13,
        "titleFontSize": 13,
        "titleFontWeight": "normal",
        "tickCount": 5,
        "labelLimit": 220,
    },
    "legend": {
        **dict.fromkeys(("labelColor", "titleColor"), "var(--text)"),
        "labelFontSize": 13,
        "titleFontSize": 13,
        "orient": "top",
        "title": None,
    },
    "bar": {"color": "var(--blue)", "stroke": "var(--page)", "strokeWidth": 1},
    "text": {"color": "var(--text)", "fontSize": 13},
    "line": {"strokeWidth": 2.5},
}


def targets(rows: Sequence[Row]) -> Spec:
    """Stacked bars: a bar a status, a part a tier."""
    return {
        "data": {"values": list(rows)},
        "height": {"step": 34},
        "mark": "bar",
        "encoding": {
            "y": {"field": "status", "type": "nominal", "sort": STATUSES, "title": None},
            "x": _count("targets", "targets"),
            "color": {
                "field": "tier",
                "type": "nominal",
                "sort": TIERS,
                "scale": {
                    "domain": TIERS,
                    "range": [f"var(--tier-{number})" for number in range(1, 6)],
                },
            },
            "order": {"field": "rank", "type": "quantitative"},
        },
    }


def shares(rows: Sequence[Row]) -> Spec:
    """A bar a slot, from nothing to all."""
    y = {"field": "slot", "type": "nominal", "sort": None, "title": None}
    x: Spec = {"field": "coverage", "type": "quantitative", "title": "of all slots"}
    x |= {"scale": {"domain": [0, 1]}, "axis": {"format": "%"}}
    text = {"field": "coverage", "type": "quantitative", "format": ".1%"}
    return _labelled(rows, y, x, text)


def steps(rows: Sequence[Row]) -> Spec:
    """A bar a step of the funnel, in its order."""
    y = {"field": "step", "type": "nominal", "sort": None, "title": None}
    text = {"field": "sends", "type": "quantitative", "format": ","}
    return _labelled(rows, y, _count("sends", "sends"), text)


def months(rows: Sequence[Row]) -> Spec:
    """A column a month."""
    return {
        "data": {"values": list(rows)},
        "height": 200,
        "layer": [
            {"mark": "bar"},
            {
                "mark": {"type": "text", "baseline": "bottom", "dy": -3},
                "encoding": {"text": {"field": "plans", "type": "quantitative", "format": ","}},
            },
        ],
        "encoding": {
            "x": {
                "field": "month",
                "type": "ordinal",
                "sort": None,
                "title": None,
                "axis": {"labelAngle": -45},
            },
            "y": _count("plans", "plans"),
        },
    }


def weeks(rows: Sequence[Row], series: Sequence[str]) -> Spec:
    """A line a kind of activity, told apart by dashes as well as by colour."""
    scale = {"domain": list(series)}
    return {
        "data": {"values": list(rows)},
        "height": 240,
        "mark": "line",
        "encoding": {
            "x": {
                "field": "week",
                "type": "temporal",
                "title": "week beginning",
                "axis": {"format": "%b %Y", "tickCount": 8, "grid": False},
            },
            "y": _count("count", "a week"),
            "color": {
                "field": "kind",
                "type": "nominal",
                "scale": scale
                | {"range": ["var(--blue)", "var(--orange)", "var(--green)", "var(--purple)"]},
            },
            "strokeDash": {
                "field": "kind",
                "type": "nominal",
                "scale": scale | {"range": [[1, 0], [7, 3], [3, 3], [9, 3, 2, 3]]},
            },
        },
    }


def draw(spec: Spec, name: str) -> str:
    """The chart as SVG. `name` keeps its ids apart from those of the page's other charts."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg({"width": WIDTH, "config": CONFIG} | spec)
    drawn = re.sub(r'\bid="', f'id="{name}-', drawn)
    drawn = re.sub(r"url\(#", f"url(#{name}-", drawn)
    return drawn.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def _count(field: str, title: str) -> Spec:
    return {"field": field, "type": "quantitative", "title": title, "axis": {"tickMinStep": 1}}


def _labelled(rows: Sequence[Row], y: Spec, x: Spec, text: Spec) -> Spec:
    return {
        "data": {"values": list(rows)},
        "height": {"step": 34},
        "layer": [
            {"mark": "bar"},
            {"mark": {"type": "text", "align": "left", "dx": 5}, "encoding": {"text": text}},
        ],
        "encoding": {"y": y, "x": x},
    }
