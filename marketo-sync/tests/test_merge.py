"""The three-way merge of one field: the table of the design, row by row, and its laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marketo_sync import Conflict, Direction, FieldBase, FirstLink
from marketo_sync.reconcile.merge.echoes import READ_BACK, FieldChange, counts, read_back
from marketo_sync.reconcile.merge.policies import POLICIES, Side, Times
from marketo_sync.reconcile.merge.three_way import (
    Action,
    Decision,
    Rules,
    Ruling,
    Seen,
    merge,
    resolve,
)
from marketo_sync.values import Form

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TEXT = Rules("string", conflict=Conflict.REVIEW)
WORDS = st.sampled_from([None, "", " ", "a", "A", " a", "b", "c"])
TRUTHS = st.sampled_from([None, True, False])
NUMBERS = st.sampled_from([None, 0, 1, 1.0, 2.5, "2.50"])
DAYS = st.sampled_from([None, "2026-11-24", "2026-11-25T10:00:00+00:00"])


def seen(database: Any, marketo: Any, *, data_type: str = "string", **more: Any) -> Seen:
    cell = Form(data_type).cell(database)
    return Seen(cell.database, cell.marketo, marketo, **more)


def base(database: Any, marketo: Any, *, data_type: str = "string", **more: Any) -> FieldBase:
    return FieldBase(Form(data_type).cell(database).database, marketo, **more)


def settled(
    decision: Decision, before: FieldBase | None, now: Seen
) -> tuple[FieldBase | None, Seen]:
    """Base and sides once the decision has been carried out, without any transformation."""
    match decision.action:
        case Action.PULL:
            taken = replace(now, database=now.marketo, sent=now.marketo)
            return FieldBase(taken.database, taken.marketo), taken
        case Action.PUSH:
            return FieldBase(now.database, now.sent), replace(now, marketo=now.sent)
    return decision.base or before, now


@pytest.mark.parametrize(
    ("was", "now", "action", "rule"),
    [
        (("a", "a"), ("a", "a"), Action.NOTHING, "nothing"),
        (("a", "a"), ("a", "b"), Action.PULL, "pull"),
        (("a", "a"), ("b", "a"), Action.PUSH, "push"),
        (("a", "a"), ("b", "b"), Action.AGREE, "agree"),
        (("a", "a"), ("b", "c"), Action.HOLD, "hold"),
        ((None, None), ("a", "a"), Action.AGREE, "agree"),
        (("a", "a"), (None, None), Action.AGREE, "agree"),
        (("a", "a"), (None, "a"), Action.PUSH, "push"),
        (("a", "a"), ("a", None), Action.PULL, "pull"),
        (("a", "a"), (None, "b"), Action.HOLD, "hold"),
        # Neither side is equal to the letter, and neither has changed.
        (("Ada@X.com", "ada@x.com"), ("Ada@X.com", "ada@x.com"), Action.NOTHING, "nothing"),
        (("a", "a"), (" a ", "a"), Action.NOTHING, "nothing"),
        (("a", "a"), ("a", " a "), Action.NOTHING, "nothing"),
        (("abcdef", "abc"), ("abcdef", "abc"), Action.NOTHING, "nothing"),
        ((None, None), ("", "  "), Action.NOTHING, "nothing"),
        # One side was brought to the other's form by hand.
        (("Ada@X.com", "ada@x.com"), ("ada@x.com", "ada@x.com"), Action.AGREE, "agree"),
    ],
)
def test_each_side_is_compared_with_its_own_base(was: Any, now: Any, action: Action, rule: str):
    decision = merge(TEXT, base(*was), seen(*now))
    assert (decision.action, decision.rule) == (action, rule)


@pytest.mark.parametrize(
    ("data_type", "was", "now", "action"),
    [
        ("boolean", (None, False), (None, False), Action.NOTHING),
        ("boolean", (None, None), (None, False), Action.NOTHING),
        ("boolean", (True, True), (None, False), Action.AGREE),
        ("boolean", (None, False), (None, True), Action.PULL),
        ("boolean", (True, True), (None, True), Action.PUSH),
        ("boolean", (True, True), (True, False), Action.PULL),
        ("currency", (12.5, 12.5), ("12.50", 12.5), Action.NOTHING),
        ("currency", (12.35, 12.345), (12.35, 12.345), Action.NOTHING),
        ("integer", (7, 7), (7.0, "7"), Action.NOTHING),
        (
            "datetime",
            ("2026-11-24T10:00:00.123456+00:00", "2026-11-24T10:00:00Z"),
            ("2026-11-24 12:00:00.9+02:00", "2026-11-24T10:00:00Z"),
            Action.NOTHING,
        ),
        ("datetime", ("2026-11-24", "2026-11-24T00:00:00Z"), (None, None), Action.AGREE),
        ("date", ("2026-11-24", "2026-11-24"), ("2026-11-25", "2026-11-24"), Action.PUSH),
    ],
)
def test_values_of_every_kind_are_compared_by_their_meaning(
    data_type: str, was: Any, now: Any, action: Action
):
    rules = replace(TEXT, data_type=data_type)
    before = base(*was, data_type=data_type)
    assert merge(rules, before, seen(*now, data_type=data_type)).action is action


@pytest.mark.parametrize(
    ("direction", "now", "action"),
    [
        (Direction.TO_MARKETO, ("a", "b"), Action.DRIFT),
        (Direction.TO_MARKETO, ("b", "a"), Action.PUSH),
        (Direction.TO_MARKETO, ("b", "c"), Action.PUSH),
        (Direction.TO_MARKETO, ("b", "b"), Action.AGREE),
        (Direction.TO_DATABASE, ("b", "a"), Action.DRIFT),
        (Direction.TO_DATABASE, ("a", "b"), Action.PULL),
        (Direction.TO_DATABASE, ("b", "c"), Action.PULL),
        (Direction.TO_DATABASE, ("b", "b"), Action.AGREE),
    ],
)
def test_an_edit_on_the_wrong_side_of_a_one_way_field_drifts(
    direction: Direction, now: Any, action: Action
):
    rules = replace(TEXT, direction=direction, conflict=None)
    assert merge(rules, base("a", "a"), seen(*now)).action is action


@pytest.mark.parametrize(
    ("policy", "marketo_at", "database_at", "winner"),
    [
        (Conflict.MARKETO, None, NOON, Side.MARKETO),
        (Conflict.DATABASE, NOON, None, Side.DATABASE),
        (Conflict.NEWEST, NOON + SECOND, NOON, Side.MARKETO),
        (Conflict.NEWEST, NOON, NOON + SECOND, Side.DATABASE),
        (Conflict.NEWEST, NOON, NOON, Side.DATABASE),
        (Conflict.NEWEST, NOON, NOON + timedelta(milliseconds=900), Side.DATABASE),
        (Conflict.NEWEST, NOON + timedelta(milliseconds=900), NOON, Side.DATABASE),
        (Conflict.NEWEST, None, NOON, Side.DATABASE),
        (Conflict.NEWEST, NOON, None, Side.DATABASE),
        (Conflict.REVIEW, NOON + SECOND, NOON, None),
    ],
)
def test_the_policy_of_the_field_decides_a_conflict(
    policy: Conflict,
    marketo_at: datetime | None,
    database_at: datetime | None,
    winner: Side | None,
):
    assert POLICIES[policy](Times(marketo_at, database_at)) is winner
    rules = replace(TEXT, conflict=policy)
    decision = merge(rules, base("a", "a"), seen("b", "c"), Times(marketo_at, database_at))
    assert (decision.winner, decision.policy) == (winner, policy)


def test_every_policy_of_the_mapping_has_its_function():
    assert POLICIES.keys() == set(Conflict)
    assert [function.__name__ for function in POLICIES.values()] == list(POLICIES)


def test_what_lost_to_the_database_is_no_news_in_the_next_cycle():
    rules = replace(TEXT, conflict=Conflict.DATABASE)
    decision = merge(rules, base("a", "a"), seen("b", "c"))
    assert (decision.action, decision.rule) == (Action.PUSH, "push: database")
    assert merge(rules, decision.base, seen("b", "c")) == Decision(Action.PUSH, "push")


@pytest.mark.parametrize(
    ("first_link", "now", "action", "rule"),
    [
        (FirstLink.REVIEW, ("a", " a"), Action.AGREE, "agree: first_link"),
        (FirstLink.REVIEW, (None, "b"), Action.PULL, "pull: first_link"),
        (FirstLink.REVIEW, ("", "b"), Action.PULL, "pull: first_link"),
        (FirstLink.REVIEW, ("a", None), Action.PUSH, "push: first_link"),
        (FirstLink.REVIEW, ("a", " "), Action.HOLD, "hold"),
        (FirstLink.REVIEW, ("a", "b"), Action.HOLD, "hold"),
        (FirstLink.MARKETO, ("a", "b"), Action.PULL, "pull: first_link"),
        (FirstLink.DATABASE, ("a", "b"), Action.PUSH, "push: first_link"),
    ],
)
def test_two_sides_that_meet_for_the_first_time(
    first_link: FirstLink, now: Any, action: Action, rule: str
):
    decision = merge(replace(TEXT, first_link=first_link), None, seen(*now))
    assert (decision.action, decision.rule) == (action, rule)


@pytest.mark.parametrize(
    ("direction", "now", "action"),
    [
        (Direction.TO_MARKETO, ("a", "b"), Action.PUSH),
        (Direction.TO_MARKETO, (None, "b"), Action.AGREE),
        (Direction.TO_DATABASE, ("a", "b"), Action.PULL),
        (Direction.TO_DATABASE, ("a", None), Action.AGREE),
    ],
)
def test_a_one_way_field_takes_its_sources_value_but_for_a_blank(
    direction: Direction, now: Any, action: Action
):
    rules = replace(TEXT, direction=direction, conflict=None)
    decision = merge(rules, None, seen(*now))
    assert decision.action is action
    before, later = settled(decision, None, seen(*now))
    assert merge(rules, before, later).action is Action.NOTHING


def test_marketos_false_never_fills_a_null():
    rules = replace(TEXT, data_type="boolean", first_link=FirstLink.MARKETO)
    decision = merge(rules, None, seen(database=None, marketo=False, data_type="boolean"))
    assert decision.action is Action.AGREE
    assert decision.base == FieldBase(database=None, marketo=False)
    assert (
        merge(rules, None, seen(database=True, marketo=False, data_type="boolean")).action
        is Action.PULL
    )


def test_addresses_that_differ_in_case_alone_agree_when_they_meet():
    rules = replace(TEXT, data_type="email")
    now = seen("Ada@X.com", "ada@x.com", data_type="email")
    assert merge(rules, None, now).action is Action.AGREE
    assert merge(TEXT, None, now).action is Action.HOLD


@pytest.mark.parametrize(
    ("data_type", "database", "marketo", "fitted"),
    [
        ("currency", 12.35, 12.345, lambda value: round(value, 2)),
        ("string", "abcdef", "abcdefghij", lambda value: value[:6]),
    ],
)
def test_what_the_column_makes_of_marketos_value_counts_as_equal(
    data_type: str, database: Any, marketo: Any, fitted: Any
):
    rules = replace(TEXT, data_type=data_type)
    now = seen(database, marketo, data_type=data_type, fitted=fitted)
    decision = merge(rules, None, now)
    assert decision.action is Action.AGREE
    assert decision.base == FieldBase(database, marketo)


def test_a_value_that_does_not_fit_its_type_is_compared_as_text():
    rules = replace(TEXT, data_type="integer")
    assert merge(rules, FieldBase(1, 1), Seen("x", "x", 1)).action is Action.PUSH
    assert merge(rules, FieldBase(1, 1), Seen("x", "x", 2)).action is Action.HOLD


@pytest.mark.parametrize(
    ("winner", "action", "rule"),
    [
        (Side.MARKETO, Action.PULL, "pull: resolved"),
        (Side.DATABASE, Action.PUSH, "push: resolved"),
    ],
)
def test_a_ruling_moves_the_losing_side(winner: Side, action: Action, rule: str):
    decision = resolve(TEXT, seen("b", "c"), Ruling(winner, "b", "c"))
    assert (decision.action, decision.rule, decision.winner) == (action, rule, winner)


@pytest.mark.parametrize(
    ("ruling", "action"),
    [
        (Ruling(Side.MARKETO, "edited since", "c"), Action.HOLD),
        (Ruling(Side.DATABASE, "b", "edited since"), Action.HOLD),
        (Ruling(Side.MARKETO, "b", "edited since"), Action.PULL),
        (Ruling(Side.DATABASE, "edited since", "c"), Action.PUSH),
    ],
)
def test_a_ruling_never_overwrites_an_edit_that_came_behind_it(ruling: Ruling, action: Action):
    assert resolve(TEXT, seen("b", "c"), ruling).action is action


@pytest.mark.parametrize(
    ("read_at", "news"),
    [
        (NOON - SECOND, False),
        (NOON, False),
        (NOON + timedelta(milliseconds=999), False),
        (NOON + SECOND, True),
        (None, False),
    ],
)
def test_what_was_read_in_the_second_of_a_push_or_before_tells_nothing(
    read_at: datetime | None, *, news: bool
):
    assert counts(FieldBase("a", "a", NOON, 1, "push"), read_at) is news
    assert counts(FieldBase("a", "a", None, 1, "pull"), read_at)


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        (None, True),
        (FieldChange(NOON, "Web service API"), True),
        (FieldChange(NOON, "List import"), True),
        (FieldChange(NOON - SECOND, "Lead update", value="something else"), True),
        (FieldChange(NOON - SECOND, "Lead update", value="ada"), False),  # before our answer came
        (FieldChange(NOON - SECOND, "Web service API", value="ada"), True),
        (FieldChange(NOON - timedelta(hours=1), "Lead update", value="ada"), True),
        (FieldChange(NOON, "Lead update"), False),
        (FieldChange(NOON, "Web service API", by_campaign=True), False),
        (FieldChange(NOON + SECOND, "Web service API"), False),
    ],
)
def test_the_first_value_behind_a_push_is_marketos_form_of_it_unless_another_has_changed_it(
    change: FieldChange | None, *, taken: bool
):
    pushed = FieldBase("ADA", "ADA", NOON, 1, "push")
    confirmed = read_back(TEXT, pushed, seen("ADA", "ada"), change)
    assert confirmed.marketo == ("ada" if taken else "ADA")
    assert confirmed.rule == READ_BACK
    assert (confirmed.database, confirmed.pushed_at) == ("ADA", NOON)
    expected = Action.NOTHING if taken else Action.PULL
    assert merge(TEXT, confirmed, seen("ADA", "ada")).action is expected


def test_a_second_value_behind_a_push_is_a_change():
    confirmed = read_back(TEXT, FieldBase("a", "a", NOON, 1, "push"), seen("a", "a"), None)
    assert read_back(TEXT, confirmed, seen("a", "b"), None) == confirmed
    assert merge(TEXT, confirmed, seen("a", "b")).action is Action.PULL


KINDS = {"string": WORDS, "boolean": TRUTHS, "currency": NUMBERS, "date": DAYS}
CASES = st.sampled_from(sorted(KINDS)).flatmap(
    lambda kind: st.tuples(
        st.builds(
            Rules,
            st.just(kind),
            st.sampled_from(Direction),
            st.sampled_from(Conflict),
            st.sampled_from(FirstLink),
        ),
        KINDS[kind],
        KINDS[kind].map(lambda value: Form(kind).cell(value).marketo),
        KINDS[kind],
        KINDS[kind].map(lambda value: Form(kind).cell(value).marketo),
    )
)
TIMES = st.builds(Times, st.none() | st.just(NOON), st.none() | st.just(NOON + SECOND))


@given(CASES, TIMES)
def test_an_unchanged_side_takes_the_other(case: Any, times: Times):
    rules, ours, theirs, now, _ = case
    rules = replace(rules, direction=Direction.BOTH)
    before = base(ours, theirs, data_type=rules.data_type)
    moved = merge(rules, before, seen(now, theirs, data_type=rules.data_type), times)
    assert moved.action in {Action.PUSH, Action.AGREE, Action.NOTHING}


@given(CASES, TIMES)
def test_a_merge_over_an_unchanged_database_never_pushes(case: Any, times: Times):
    rules, ours, theirs, _, now = case
    before = base(ours, theirs, data_type=rules.data_type)
    moved = merge(rules, before, seen(ours, now, data_type=rules.data_type), times)
    assert moved.action in {Action.PULL, Action.AGREE, Action.NOTHING, Action.DRIFT}


@given(case=CASES, times=TIMES, first=st.booleans())
def test_a_second_merge_finds_nothing_to_do(case: Any, times: Times, *, first: bool):
    rules, ours, theirs, database, marketo = case
    before = None if first else base(ours, theirs, data_type=rules.data_type)
    now = seen(database, marketo, data_type=rules.data_type)
    decision = merge(rules, before, now, times)
    after, later = settled(decision, before, now)
    again = merge(rules, after, later, times).action
    unsettled = {Action.HOLD, Action.DRIFT} & {decision.action}
    assert again in {Action.NOTHING, *unsettled}


@given(CASES, TIMES)
def test_a_conflict_without_a_winner_touches_nothing_and_one_with_a_winner_is_settled(
    case: Any, times: Times
):
    rules, ours, theirs, database, marketo = case
    before = base(ours, theirs, data_type=rules.data_type)
    now = seen(database, marketo, data_type=rules.data_type)
    decision = merge(rules, before, now, times)
    if decision.policy:
        written = {Side.MARKETO: Action.PULL, Side.DATABASE: Action.PUSH, None: Action.HOLD}
        assert decision.action is written[decision.winner]
