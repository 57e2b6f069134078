"""Periods are the days that a person means by them, on any day."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.library.periods import days_of, is_period

days = st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31))
TODAY = dt.date(2026, 11, 18)  # a Wednesday
ONE = dt.timedelta(days=1)


def both(text: str, today: dt.date = TODAY) -> tuple[dt.date, dt.date]:
    since, until = days_of(text, today)
    assert since is not None
    assert until is not None
    return since, until


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-Q4", "2026-10-01", "2026-12-31"),
        ("2026-03-31", "2026-03-31", "2026-03-31"),
        ("today", "2026-11-18", "2026-11-18"),
        ("yesterday", "2026-11-17", "2026-11-17"),
        ("tomorrow", "2026-11-19", "2026-11-19"),
        ("this-week", "2026-11-16", "2026-11-22"),
        ("last-week", "2026-11-09", "2026-11-15"),
        ("next-week", "2026-11-23", "2026-11-29"),
        ("this-month", "2026-11-01", "2026-11-30"),
        ("last-month", "2026-10-01", "2026-10-31"),
        ("next-month", "2026-12-01", "2026-12-31"),
        ("this-quarter", "2026-10-01", "2026-12-31"),
        ("last-quarter", "2026-07-01", "2026-09-30"),
        ("next-quarter", "2027-01-01", "2027-03-31"),
        ("this-year", "2026-01-01", "2026-12-31"),
        ("last-year", "2025-01-01", "2025-12-31"),
        ("last-30-days", "2026-10-20", "2026-11-18"),
        ("next-30-days", "2026-11-18", "2026-12-17"),
        ("2025-11..2026-Q1", "2025-11-01", "2026-03-31"),
        ("last-month..today", "2026-10-01", "2026-11-18"),
    ],
)
def test_each_form(text: str, since: str, until: str) -> None:
    assert both(text) == (dt.date.fromisoformat(since), dt.date.fromisoformat(until))


def test_an_open_side_has_no_day() -> None:
    assert days_of("..yesterday", TODAY) == (None, TODAY - ONE)
    assert days_of("2026-Q2..", TODAY) == (dt.date(2026, 4, 1), None)


@given(days, st.sampled_from(["week", "month", "quarter", "year"]))
def test_last_this_and_next_follow_each_other_without_a_gap(today: dt.date, unit: str) -> None:
    last, this, following = (both(f"{which}-{unit}", today) for which in ("last", "this", "next"))
    assert this[0] <= today <= this[1]
    assert last[1] + ONE == this[0]
    assert this[1] + ONE == following[0]
    assert both(f"last-{unit}", this[0]) == last


@given(days)
def test_a_day_lies_in_its_month_quarter_and_year(today: dt.date) -> None:
    names = (f"{today:%Y-%m}", f"{today:%Y}-Q{(today.month + 2) // 3}", f"{today:%Y}")
    for unit, name in zip(("month", "quarter", "year"), names, strict=True):
        assert both(f"this-{unit}", today) == both(name, today)


@given(days, st.integers(1, 9999))
def test_so_many_days_are_so_many_and_have_today_in_them(today: dt.date, count: int) -> None:
    since, until = both(f"last-{count}-days", today)
    assert until == today
    assert (until - since).days == count - 1
    since, until = both(f"next-{count}-days", today)
    assert since == today
    assert (until - since).days == count - 1


@given(days)
def test_weeks_begin_on_monday(today: dt.date) -> None:
    since, until = both("this-week", today)
    assert since.isocalendar()[:2] == today.isocalendar()[:2] == until.isocalendar()[:2]
    assert (since.isoweekday(), until.isoweekday()) == (1, 7)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "soon",
        "2026-13",
        "2026-Q5",
        "2026-3",
        "last-0-days",
        "2026-03-01..x",
        "today ",
        "2026...2027",
        "２０２６",
        "2026\n",
        "last-99999-days",
        "today.." * 50,
    ],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    assert not is_period(text)
    with pytest.raises(ValueError, match="not a period"):
        days_of(text, TODAY)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-02-30", "no such days"),
        ("0000", "no such days"),
        ("2026-02-30..", "no such days"),
        ("2026-05..2026-03", "ends before it begins"),
        ("tomorrow..yesterday", "ends before it begins"),
    ],
)
def test_days_that_there_are_not_are_refused(text: str, why: str) -> None:
    assert is_period(text)
    with pytest.raises(ValueError, match=why):
        days_of(text, TODAY)


@pytest.mark.parametrize("text", ["last-9999-days", "last-year", "yesterday", "last-week"])
def test_the_first_days_of_the_calendar_have_nothing_before_them(text: str) -> None:
    with pytest.raises(ValueError, match="no such days"):
        days_of(text, dt.date.min)


@given(st.text(max_size=20) | st.text(st.sampled_from("0123456789-.Qlast"), max_size=20))
def test_no_text_does_harm(text: str) -> None:
    try:
        since, until = days_of(text, TODAY)
    except ValueError:
        return
    assert is_period(text)
    assert since is None or until is None or since <= until
