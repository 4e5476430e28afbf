"""What is settled is found again: records, owners, history; on SQLite and on Postgres."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from marketo_sync import (
    FieldBase,
    Result,
    Status,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from marketo_sync import Ledger, Outcome

    OpenLedger = Callable[..., AbstractContextManager[Ledger]]
    Build = Callable[..., Outcome]
    Rows = Callable[[str], list[dict[str, Any]]]

PUSHED_AT = datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_new_ledger_is_empty_and_knows_nobody(ledger: Ledger) -> None:
    assert ledger.is_empty()
    assert ledger.find("contacts", ["1"]) == {}
    assert ledger.owners(["contacts"], ["1001"]) == {}
    assert ledger.known_fields("contacts") == frozenset()
    assert list(ledger.open_rejects("contacts")) == list(ledger.pending("contacts")) == []


def test_created_row_is_found_with_both_sides_of_its_base(ledger: Ledger, created: Build) -> None:
    ledger.settle([created("1"), created("2")])
    found = ledger.find("contacts", ["1", "3"])
    assert list(found) == ["1"]
    one = found["1"]
    assert (one.marketo_id, one.status, one.digest) == ("1001", Status.LINKED, "one")
    assert one.pushed_at == PUSHED_AT
    assert one.base == {"email": FieldBase("Row1@X.com", "row1@x.com", PUSHED_AT, 1, "push")}
    assert not ledger.is_empty()


def test_new_base_is_laid_over_the_stored_one(ledger: Ledger, created: Build) -> None:
    first = {"email": FieldBase("a", "a"), "city": FieldBase("Rome", "Rome")}
    ledger.settle([created("1", base=first)])
    second = {"city": FieldBase(None, None, PUSHED_AT, 2, "null")}
    ledger.settle([created("1", result=Result.UPDATED, base=second, marketo_id=None)])
    found = ledger.find("contacts", ["1"])["1"]
    assert found.base == {**first, **second}
    assert found.marketo_id == "1001"


def test_unchanged_row_moves_only_its_digest(ledger: Ledger, created: Build, rows: Rows) -> None:
    ledger.settle([created("1")])
    before = ledger.find("contacts", ["1"])["1"]
    ledger.settle([created("1", result=Result.UNCHANGED, digest="two", base=None, marketo_id=None)])
    after = ledger.find("contacts", ["1"])["1"]
    assert after == replace(before, digest="two")
    assert len(rows("changes")) == 1


def test_values_of_any_type_come_back_as_they_were(ledger: Ledger, created: Build) -> None:
    values = [None, True, False, 0, 2**53, -1.5, "", "ß\n'\"", "null", "1"]
    base = {f"f{i}": FieldBase(value, value) for i, value in enumerate(values)}
    ledger.settle([created("1", base=base)])
    stored = ledger.find("contacts", ["1"])["1"].base
    assert [stored[f"f{i}"].database for i in range(len(values))] == values
    assert [type(stored[f"f{i}"].marketo) for i in range(len(values))] == [type(v) for v in values]


def test_deleted_row_stays_known_as_deleted(ledger: Ledger, created: Build) -> None:
    ledger.settle([created("1")])
    ledger.settle([created("1", result=Result.DELETED, base=None)])
    assert ledger.find("contacts", ["1"])["1"].status is Status.DELETED


def test_only_linked_rows_own_a_marketo_id(ledger: Ledger, created: Build, refused: Build) -> None:
    partner = replace(created("9"), object="partners")
    ledger.settle([created("1"), created("2"), partner])
    ledger.settle([refused("2", result=Result.HELD, status=Status.GONE_IN_MARKETO)])
    owners = ledger.owners(["contacts", "partners"], ["1001", "1002", "1009", "7"])
    assert owners == {"1001": ("contacts", "1"), "1009": ("partners", "9")}
    assert ledger.owners(["contacts"], ["1009"]) == {}


def test_fields_of_any_base_are_known_also_in_the_next_run(
    open_ledger: OpenLedger, created: Build
) -> None:
    with open_ledger() as ledger:
        ledger.settle([created("1"), created("2", base={"city": FieldBase("x", "x")})])
        assert ledger.known_fields("contacts") == {"email", "city"}
    with open_ledger() as ledger:
        assert ledger.known_fields("contacts") == {"email", "city"}
        assert ledger.known_fields("companies") == frozenset()


def test_history_says_what_a_push_changed_and_by_which_rule(
    ledger: Ledger, created: Build, rows: Rows
) -> None:
    ledger.settle(
        [created("1", base={"a": FieldBase(1, 1, rule="push"), "b": FieldBase("", None)})]
    )
    again = {"a": FieldBase(2, "2", rule="auto"), "b": FieldBase(None, None)}
    ledger.settle([created("1", result=Result.UPDATED, base=again)])
    history = sorted(rows("changes"), key=lambda row: row["id"])
    assert [(row["field"], row["old"], row["new"], row["rule"]) for row in history] == [
        ("a", None, 1, "push"),
        ("a", 1, "2", "auto"),
    ]
    assert {(row["side"], row["record_key"], row["cycle"]) for row in history} == {
        ("marketo", "1", ledger.cycle_id)
    }


def test_history_of_new_records_holds_keys_and_values_to_the_letter(
    ledger: Ledger, created: Build, rows: Rows
) -> None:
    keys = ['["a\\"b",1]', "ß\t\\", "$[0]", "1"]
    values = [True, 0, -1.5, 2**53, "", "null", "1", "ß\n'\"\0"]
    base = {f"f.{i}": FieldBase(None, value, rule="push") for i, value in enumerate(values)}
    ruled = {"g": FieldBase("x", "y", rule="other"), "h": FieldBase(None, None, rule="push")}
    ledger.settle([created(key, base=base | ruled) for key in keys])
    history = {(row["record_key"], row["field"]): row for row in rows("changes")}
    assert len(history) == len(rows("changes")) == len(keys) * (len(base) + 1)
    for key in keys:
        of_key = [history[key, name] for name in base]
        assert [row["new"] for row in of_key] == values
        assert [type(row["new"]) for row in of_key] == [type(value) for value in values]
        assert {(row["old"], row["rule"]) for row in of_key} == {(None, "push")}
        assert (history[key, "g"]["new"], history[key, "g"]["rule"]) == ("y", "other")


def test_first_link_of_equal_values_writes_no_history(
    ledger: Ledger, created: Build, rows: Rows
) -> None:
    ledger.settle([created("1", result=Result.UNCHANGED)])
    assert ledger.find("contacts", ["1"])["1"].base
    assert rows("changes") == []


def test_last_outcome_of_a_key_counts(ledger: Ledger, created: Build) -> None:
    ledger.settle([created("1", digest="old"), created("1", digest="new")])
    assert ledger.find("contacts", ["1"])["1"].digest == "new"


def test_same_key_in_two_objects_and_two_instances_is_four_records(
    open_ledger: OpenLedger, created: Build, rows: Rows
) -> None:
    for instance in ("one", "two"):
        with open_ledger(instance=instance) as ledger:
            ledger.settle([created("1"), replace(created("1"), object="partners")])
            assert len(ledger.find("partners", ["1"])) == 1
    assert len(rows("records")) == 4


def test_batch_without_changes_costs_one_query(
    ledger: Ledger, created: Build, statements: list[str]
) -> None:
    ledger.settle([created(str(number)) for number in range(300)])
    statements.clear()
    ledger.settled("contacts", {str(number): "one" for number in range(300)})
    ledger.settle([])
    assert len(statements) == 1
    assert statements[0].startswith("select")


def test_settling_costs_the_same_few_statements_for_any_size(
    ledger: Ledger, created: Build, refused: Build, statements: list[str]
) -> None:
    def cost(first: int, size: int) -> int:
        batch = [created(str(number)) for number in range(first, first + size)]
        statements.clear()
        ledger.settle([*batch, *(refused(f"r{number}") for number in range(first, first + size))])
        return len(statements)

    ledger.settle([created("0")])
    assert cost(1000, 150) == cost(1, 2)


def test_rows_that_need_nothing_are_told_by_their_digests(
    ledger: Ledger, created: Build, refused: Build
) -> None:
    ledger.settle([created(key, digest=f"digest {key}") for key in ("same", "moved", "refused")])
    ledger.settle([refused("refused", digest="digest refused"), refused("never sent")])
    ledger.settle([created("gone"), created("partner", digest="digest partner")])
    ledger.settle([refused("gone", result=Result.HELD, status=Status.GONE_IN_MARKETO)])
    digests = {key: f"digest {key}" for key in ("same", "refused", "never sent", "new", 'a"\\b')}
    assert ledger.settled("contacts", {**digests, "moved": "other", "gone": "one"}) == {"same"}
    assert ledger.settled("partners", digests) == frozenset()
    assert ledger.settled("contacts", {}) == frozenset()


def test_keys_of_any_text_are_found_again(ledger: Ledger, created: Build) -> None:
    keys = ['a"b', "x\\y", "é日本", "tab\t", "new\nline", '["a",2]', "17"]
    ledger.settle([created(key, digest=key) for key in keys])
    assert set(ledger.find("contacts", keys)) == set(keys)
    assert ledger.settled("contacts", dict(zip(keys, keys, strict=True))) == set(keys)


def test_linked_keys_come_in_order_with_the_version_that_lacked_them(
    ledger: Ledger, created: Build, refused: Build
) -> None:
    ledger.settle([created(key) for key in ("b", "a", "c", "d")])
    ledger.settle([created("d", result=Result.DELETED), refused("never sent")])
    ledger.mark_missing("contacts", ["a", "b"], "17")
    assert ledger.count_linked("contacts") == 3
    assert ledger.count_linked("partners") == 0
    found = [(key.record_key, key.missing_version) for key in ledger.linked_keys("contacts")]
    assert found == [("a", "17"), ("b", "17"), ("c", None)]
    ledger.mark_missing("contacts", ["a"], None)
    ledger.settle([created("b", result=Result.UPDATED)])
    assert {key.missing_version for key in ledger.linked_keys("contacts")} == {None}


def test_a_deleted_record_shows_nothing_any_more(ledger: Ledger, created: Build) -> None:
    ledger.settle([created("1")])
    ledger.settle([created("1", result=Result.DELETED, base=None)])
    record = ledger.find("contacts", ["1"])["1"]
    assert (record.status, record.base, record.marketo_id) == (Status.DELETED, {}, "1001")


def test_a_written_row_may_carry_a_note(ledger: Ledger, created: Build, rows: Rows) -> None:
    ledger.settle([created("1", code="local.note", reason="look here", payload={"id": 1})])
    record = ledger.find("contacts", ["1"])["1"]
    assert (record.status, record.reject_code) == (Status.LINKED, "local.note")
    ledger.settle([created("1", result=Result.UPDATED)])
    assert ledger.find("contacts", ["1"])["1"].reject_code is None
    (reject,) = rows("rejects")
    assert reject["resolved_at"] is not None
