"""The races on record as one picture: the cases of the fullest one, and the growth with size.

Drawn by Vega-Lite as static SVG, on a ground of its own, legible wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from outreach_hub.bench.results import FULL, Document

Spec = dict[str, Any]

COLOURS = {"ours": "#1d4ed8", "handwritten": "#15803d", "stock": "#c2410c"}


def draw(races: Sequence[Document]) -> str:
    """The SVG."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(spec(races))
    return drawn


def spec(races: Sequence[Document]) -> Spec:
    """Bars a case and contender; beneath them, lines over the number of companies."""
    fullest = max(races, key=lambda race: (len(race["cases"]), race["companies"]))
    parts = [_cases(fullest)]
    if len(races) > 1:
        parts.append(_growth(races))
    return {
        "background": "white",
        "padding": 12,
        "config": {"font": "sans-serif", "axis": {"labelFontSize": 12, "titleFontSize": 12}},
        "vconcat": parts,
    }


def _cases(race: Document) -> Spec:
    values = [
        {"case": case, "contender": name, "seconds": cost["seconds"]}
        for case, contenders in race["cases"].items()
        for name, cost in contenders.items()
    ]
    y = {"field": "case", "type": "nominal", "sort": list(race["cases"]), "title": None}
    seconds = {"field": "seconds", "type": "quantitative"}
    return {
        "title": f"Seconds at {race['companies']:,} companies",
        "width": 520,
        "data": {"values": values},
        "layer": [
            {"mark": "bar"},
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {
                    "text": {"field": "seconds", "type": "quantitative", "format": ",.1f"}
                },
            },
        ],
        "encoding": {
            "y": y | {"axis": {"labelLimit": 240}},
            "yOffset": {"field": "contender", "sort": list(COLOURS)},
            "x": seconds | {"title": "seconds"},
            "color": _colour(race),
        },
    }


def _growth(races: Sequence[Document]) -> Spec:
    values = [
        {"companies": race["companies"], "contender": name, "seconds": cost["seconds"]}
        for race in races
        for name, cost in race["cases"][FULL].items()
    ]
    return {
        "title": "Seconds of a first full build",
        "width": 520,
        "height": 240,
        "data": {"values": values},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": _logarithmic("companies") | {"axis": {"format": ",", "tickCount": len(races)}},
            "y": _logarithmic("seconds"),
            "color": _colour(races[0]),
        },
    }


def _logarithmic(field: str) -> Spec:
    return {"field": field, "type": "quantitative", "scale": {"type": "log"}, "title": field}


def _colour(race: Document) -> Spec:
    names = [name for name in COLOURS if name in race["cases"][FULL]]
    scale = {"domain": names, "range": [COLOURS[name] for name in names]}
    return {"field": "contender", "type": "nominal", "title": None, "scale": scale}
