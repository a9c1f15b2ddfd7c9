"""The report: its numbers are the marts', and a real browser shows them to everybody.

The browser is a Chromium that the machine has (`apt-get install chromium`); without one these tests
are skipped, and say so.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from built.conftest import TWICE
from conftest import CliResult
from identity.hub import Hub
from outreach_hub.database import connect_to
from outreach_hub.exits import ExitCode
from outreach_hub.metrics import Metrics
from outreach_hub.proof.verdict import Finding, Verdict
from outreach_hub.report import gather, render
from outreach_hub.report.facts import HEADLINES

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.long

Run = Callable[..., CliResult]

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
HOSTILE = "<script>alert('row')</script>"

LIVELY = """
with numbered as (
    select send_id, row_number() over (order by send_id) as number from outreach_marts.fct_sends
)
update outreach_marts.fct_sends as sends
set
    was_sent = number % 10 > 0,
    was_delivered = number % 10 > 1,
    was_bounced = number % 10 = 1,
    was_opened = number % 3 = 0,
    was_clicked = number % 4 = 0,
    was_replied = number % 7 = 0,
    has_meeting = number % 13 = 0
from numbered
where numbered.send_id = sends.send_id;

with numbered as (
    select target_id, row_number() over (order by target_id) as number
    from outreach_marts.dim_company_targets
)
update outreach_marts.dim_company_targets as targets
set outreach_status = case number % 3 when 0 then 'active' when 1 then 'queued' else 'paused' end
from numbered
where numbered.target_id = targets.target_id;

insert into outreach_audit.identity_failures (
    invocation_id, source_table, record_key, code, column_name, offending_value, expected,
    failure_count
)
values
    ('a-failed-run', 'outreach_raw.people', $$<script>alert('row')</script>$$, 'ID011',
     'company_unique_id', '"CL-9"', 'a company that CL has minted', 7),
    ('a-failed-run', 'outreach_raw.people', 'P-2', 'ID011',
     'company_unique_id', '"CL-9"', 'a company that CL has minted', 7);
"""
"""Marts with a little of everything, and a failed run of seven wrong rows, two of them kept."""


@pytest.fixture(scope="module")
def reported(any_hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on a lively hub."""
    from conftest import run_in_process

    any_hub.reset(TWICE)
    with any_hub.admin() as admin:
        admin.execute(LIVELY.encode())
    path = tmp_path_factory.mktemp("report") / "report.html"
    with any_hub.entered():
        done = run_in_process("report", "--output", str(path))
    assert (done.exit_code, done.stdout) == (ExitCode.GOOD, f"{path}\n"), done.stderr
    return path


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    playwright = pytest.importorskip(
        "playwright.sync_api",
        reason="needs pip install -c constraints.txt '.[browser]'",
    )
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=["light", "dark"])
def page(reported: Path, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page, opened; whatever the browser complains of, or fetches, fails the test."""
    page = chromium.new_page(color_scheme=request.param)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("request", lambda asked: said.append(asked.url))
    page.goto(reported.as_uri())
    yield page
    page.close()
    assert [each for each in said if not each.startswith("data:")] == [reported.as_uri()]


def table(page: Page, name: str) -> list[list[str]]:
    """The raw values of a table, row by row, as the browser has them."""
    found: list[list[str]] = page.eval_on_selector_all(
        f"#{name} tbody tr",
        "rows => rows.map(row => [...row.cells].map(c => c.dataset.value ?? c.innerText))",
    )
    return found


def rows_of(hub: Hub, query: str) -> list[list[str]]:
    return [["" if cell is None else str(cell) for cell in row] for row in hub.rows(query)]


def test_the_headlines_are_the_metrics(
    page: Page, any_hub: Hub, manifest: Manifest, reported: Path
) -> None:
    metrics = Metrics.of(manifest)
    with any_hub.admin() as admin:
        expected = {name: metrics.value(admin, name) for name in HEADLINES}
    assert all(expected.values())
    found = {
        name: float(page.get_attribute(f"#metric-{name}", "data-value") or "nan")
        for name in HEADLINES
    }
    assert found == expected


@pytest.mark.parametrize(
    ("name", "query"),
    [
        (
            "targets-table",
            """
            select outreach_status, coalesce(bit_tier, 'no score'), count(*)
            from outreach_marts.dim_company_targets group by 1, bit_tier
            order by outreach_status collate "C", bit_tier collate "C" nulls last
            """,
        ),
        (
            "slots-table",
            """
            select slot_type, count(*) filter (where is_filled), count(*),
                count(*) filter (where is_filled)::float / count(*)
            from outreach_marts.rpt_slot_coverage group by slot_type order by slot_type collate "C"
            """,
        ),
        (
            "renewals-table",
            """
            select to_char(months.first, 'Mon YYYY'),
                count(*) filter (where not is_final_filing)
            from (
                select distinct month_start_date as first
                from outreach_marts.dim_dates,
                    (select max(window_end_date) as today from outreach_marts.dim_company_targets)
                        as clock
                where month_start_date between date_trunc('month', today)
                    and date_trunc('month', today) + interval '12 months'
            ) as months
            left join outreach_marts.rpt_renewal_calendar
                on next_renewal_month_date = months.first
            group by months.first order by months.first
            """,
        ),
        (
            "funnel-table",
            """
            select step, count(*) filter (where is_so and not is_future_dated)
            from outreach_marts.fct_sends, lateral (values
                (1, 'Sent', was_sent), (2, 'Delivered', was_delivered), (3, 'Opened', was_opened),
                (4, 'Clicked', was_clicked), (5, 'Replied', was_replied), (6, 'Met', has_meeting)
            ) as steps (number, step, is_so)
            group by number, step order by number
            """,
        ),
        (
            "engagement-table",
            """
            select
                dates.week_start_date, coalesce(sum(sent_count), 0),
                coalesce(sum(open_count), 0), coalesce(sum(click_count), 0),
                coalesce(sum(reply_count), 0)
            from (
                select distinct week_start_date from outreach_marts.dim_dates
                where not is_future_dated
                order by 1 desc limit 52
            ) as dates
            left join outreach_marts.rpt_engagement_daily
                on date_trunc('week', activity_date) = dates.week_start_date
                and not is_future_dated
            group by 1 order by 1
            """,
        ),
    ],
)
def test_the_tables_are_the_marts(page: Page, any_hub: Hub, name: str, query: str) -> None:
    assert table(page, name) == rows_of(any_hub, query)


def test_the_page_says_which_rules_hold_and_what_failed(page: Page) -> None:
    rules = {row[0]: row[2:] for row in table(page, "rules")}
    assert list(rules) == [*(f"ID{number:03}" for number in range(1, 15)), "ID099"]
    assert rules["ID011"] == ["0", "7"]
    assert rules["ID001"] == ["0", "0"]
    runs = table(page, "runs-table")
    assert runs[0][0] == "a-failed-run"
    assert runs[0][2] == "failed: 7 wrong rows"
    assert [row[2].split()[0] for row in runs[1:]] == ["published", "published"]
    assert HOSTILE in page.inner_text("#failures")
    assert "2 of 7 rows" in page.inner_text("#failures")


def test_sources_are_counted(page: Page, any_hub: Hub) -> None:
    found = {row[0]: row[1] for row in table(page, "sources-table")}
    for name, count in found.items():
        assert rows_of(any_hub, f"select count(*) from {name}") == [[count]]
    assert {"cl.company_identity", "outreach_raw.send_log"} <= set(found)


def test_every_chart_is_an_image_with_a_name_and_a_table(page: Page) -> None:
    figures = page.query_selector_all("figure")
    assert len(figures) == 5
    for figure in figures:
        chart = figure.query_selector("[role=img]")
        assert chart and len(chart.get_attribute("aria-label") or "") > 40
        assert chart.query_selector("svg[aria-hidden=true]")
        assert figure.query_selector("details table caption")
    ids = page.eval_on_selector_all("[id]", "found => found.map(each => each.id)")
    assert len(ids) == len(set(ids))


def test_a_keyboard_reaches_everything(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    summary = page.locator("figure summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#targets-table").is_visible()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_everything_is_legible(page: Page) -> None:
    """WCAG AA: 4.5 to 1 for text, 3 to 1 for what a chart is drawn with."""
    colours = page.evaluate(
        """() => Object.fromEntries(
            ['page', 'tile', 'text', 'muted', 'good', 'bad', 'link', 'blue', 'orange', 'green',
             'purple', 'tier-1', 'tier-2', 'tier-3', 'tier-4', 'tier-5']
            .map(name => [name, getComputedStyle(document.documentElement)
                .getPropertyValue('--' + name).trim()]))"""
    )
    ground = colours.pop("page")
    tile = colours.pop("tile")
    for name, colour in colours.items():
        is_text = name in ("text", "muted", "good", "bad", "link")
        assert contrast(colour, ground) >= (4.5 if is_text else 3), name
    assert contrast(colours["muted"], tile) >= 4.5
    drawn = page.evaluate("getComputedStyle(document.querySelector('#slots .mark-rect path')).fill")
    assert drawn == "rgb({}, {}, {})".format(*_channels(colours["blue"]))


def test_print_shows_the_numbers(page: Page) -> None:
    assert not page.locator("#funnel-table").is_visible()
    page.emulate_media(media="print")
    assert page.locator("#funnel-table").is_visible()
    assert not page.locator("nav").is_visible()


def test_a_narrow_screen_scrolls_no_further_than_down(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_page_stands_alone(reported: Path) -> None:
    page = reported.read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!#|data:,)', page)
    assert "http" not in re.sub(r'xmlns(:xlink)?="[^"]+"', "", page)


def test_an_unproved_project_is_said_to_be(any_hub: Hub, manifest: Manifest) -> None:
    any_hub.reset(TWICE)
    finding = Finding("ID003", "people", "models/people/people.sql", 24, "why", "what to do")
    with connect_to(any_hub.target) as connection:
        facts = gather(
            connection, manifest, Metrics.of(manifest), Verdict(findings=[finding]), "embedded"
        )
    assert [rule.findings for rule in facts.rules if rule.code == "ID003"] == [1]
    assert 'id="verdict">Not proved: 1 finding.' in render(facts)


def test_what_is_published_while_it_is_read_is_read_again(
    any_hub: Hub, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    any_hub.reset(TWICE)
    metrics = Metrics.of(manifest)
    readings: list[str] = []

    def publish_once(*names: Any, **options: Any) -> Any:
        if not readings:
            with any_hub.admin() as admin:
                admin.execute(
                    "update outreach_marts.dim_company_targets set outreach_status = 'active';"
                    "insert into outreach_audit.publications (invocation_id, models)"
                    " values ('meanwhile', '{}')"
                )
        readings.append("read")
        return read(*names, **options)

    read = metrics.read
    monkeypatch.setattr(metrics, "read", publish_once)
    with connect_to(any_hub.target) as connection:
        facts = gather(connection, manifest, metrics, Verdict(proved=["a.b"]), "embedded")
    assert {row["target__outreach_status"] for row in facts.targets} == {"active"}
    assert facts.runs[0].invocation_id == "meanwhile"


def test_before_the_first_publish_there_is_nothing_to_report(any_hub: Hub, outreach: Run) -> None:
    any_hub.reset()
    done = outreach("report")
    assert done.exit_code == ExitCode.USAGE
    assert "nothing has been published yet" in done.stderr
    assert "outreach build" in done.stderr


def test_a_file_that_cannot_be_written_is_told_in_a_line(
    once: Hub, outreach: Run, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    done = outreach("report", "--output", str(tmp_path / "file" / "report.html"))
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert "the report cannot be written" in done.stderr


def test_without_the_extra_it_says_how_to_install_it(
    once: Hub, outreach: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach_hub.extras.find_spec", lambda name: None)
    done = outreach("report")
    assert done.exit_code == ExitCode.USAGE
    assert "pip install -c constraints.txt -e '.[report]'" in done.stderr


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """As WCAG measures it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
