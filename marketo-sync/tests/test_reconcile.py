"""Both sides brought together: the rows, the ledger, and what waits for the target."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

if TYPE_CHECKING:
    from two_sides import Sides

KEYS = ("old", "new", "rule", "side")
NEWEST = {"to": "title", "conflict": "newest"}


def counted(tally: Any, name: str = "contacts") -> dict[str, int]:
    return {str(what): number for what, number in tally.counts[name].items()}


def pending(sides: Sides) -> dict[str, str]:
    """What waits for the target, and why."""
    return {row["record_key"]: row["why"] for row in sides.ledger("pending")}


def conflicts(sides: Sides) -> list[tuple[Any, ...]]:
    names = ("field", "marketo_value", "database_value", "policy", "winner")
    return [tuple(row[name] for name in names) for row in sides.ledger("conflicts")]


def test_a_change_in_marketo_is_pulled_and_can_be_traced(sides: Sides):
    contact = sides.linked(title="Countess")
    sides.edit(1001, title="Queen", lifetimeValue="12.345")
    assert counted(sides.reconcile()) == {"pulled": 1}
    row = sides.contact(contact)
    assert (row["title"], float(row["worth"])) == ("Queen", 12.35)
    assert sides.base(contact, "title") == ("Queen", "Queen", "pull")
    assert sides.base(contact, "lifetimeValue") == (12.35, 12.345, "pull")
    history = [tuple(row[key] for key in KEYS) for row in sides.ledger("changes", field="title")]
    assert history == [("Countess", "Queen", "pull", "database")]
    assert pending(sides) == {}


def test_a_cycle_without_edits_writes_nothing(sides: Sides):
    sides.linked()
    sides.edit(1001, title="Queen", isVip=True)
    sides.reconcile()
    before = [sides.ledger(table) for table in ("records", "changes", "pairs", "conflicts")]
    stamp = sides.query("select xmin::text from crm.contacts")
    for _ in range(2):
        assert counted(sides.reconcile()) == {}
    after = [sides.ledger(table) for table in ("records", "changes", "pairs", "conflicts")]
    assert before == after
    assert sides.query("select xmin::text from crm.contacts") == stamp


def test_a_change_in_the_database_waits_for_the_target_with_the_whole_row(sides: Sides):
    contact = sides.linked()
    sides.edit_row(contact, title="Queen", worth="12.50")
    assert counted(sides.reconcile()) == {"pushed": 1}
    (waiting,) = sides.ledger("pending")
    assert waiting["why"] == "title (push), lifetimeValue (push)"
    assert waiting["row"]["title"] == "Queen"
    assert waiting["row"]["worth"] == 12.5
    assert waiting["row"]["updated_at"].endswith("+00:00")
    assert sides.base(contact, "title")[0] is None


def test_a_pushed_value_comes_back_in_silence_in_marketos_form(sides: Sides):
    contact = sides.linked()
    sides.edit_row(contact, first_name="ADA  ", title="Queen")
    sides.reconcile()
    sides.push(contact, firstName="ADA", title="Queen")
    sides.tick()
    sides.lead(1001, firstName="Ada", title="Queen")
    assert counted(sides.reconcile()) == {}
    assert sides.contact(contact)["first_name"] == "ADA  "
    assert sides.base(contact, "firstName") == ("ADA", "Ada", "read back")
    assert counted(sides.reconcile()) == {}


def test_an_older_landed_copy_never_undoes_a_push(sides: Sides):
    contact = sides.linked(title="Countess")
    sides.edit_row(contact, title="Queen")
    sides.reconcile()
    sides.push(contact, title="Queen")
    pushed_at = sides.now
    for stale in (pushed_at - timedelta(minutes=1), pushed_at):
        at = stale.replace(tzinfo=None)
        sides.lead(1001, title="Countess", _sdc_extracted_at=at)
        assert counted(sides.reconcile()) == {}
        assert sides.contact(contact)["title"] == "Queen"
    sides.lead(1001, title="Countess", _sdc_extracted_at=(pushed_at + timedelta(seconds=1)))
    sides.change_row(1001, "title", "Queen", "Countess")
    sides.reconcile()
    assert sides.contact(contact)["title"] == "Countess"


def test_somebody_elses_change_behind_a_push_is_no_echo(sides: Sides):
    contact = sides.linked()
    sides.edit_row(contact, title="Queen")
    sides.reconcile()
    sides.push(contact, title="Queen")
    sides.lead(1001, title="Queen")
    sides.edit(1001, title="Duchess")
    sides.reconcile()
    assert sides.contact(contact)["title"] == "Duchess"


def test_an_edit_while_the_answer_to_a_push_was_on_its_way_is_no_echo(sides: Sides):
    contact = sides.linked(title="Countess")
    sides.edit_row(contact, title="Queen")
    sides.reconcile()
    sides.tick()
    sides.change_row(1001, "title", "Countess", "Queen", source="Web service API")
    sides.tick()
    sides.change_row(1001, "title", "Queen", "Empress")
    sides.push(contact, title="Queen")  # so long did the call take
    sides.tick()
    sides.lead(1001, title="Empress")
    assert counted(sides.reconcile()) == {"pulled": 1}
    assert sides.contact(contact)["title"] == "Empress"


def test_a_push_that_somebody_has_undone_before_it_was_read_is_no_echo(sides: Sides):
    contact = sides.linked(title="Countess")
    sides.edit_row(contact, title="Queen")
    sides.reconcile()
    sides.push(contact, title="Queen")
    sides.edit(1001, title="Countess")  # what was landed before the push, to the letter
    assert counted(sides.reconcile()) == {"pulled": 1}
    assert sides.contact(contact)["title"] == "Countess"


@pytest.mark.parametrize(
    ("marketo_later", "winner", "row", "waits"),
    [(5, "marketo", "Duchess", {}), (-600, "database", "Queen", {"title (push: newest)"})],
)
def test_the_newest_change_wins_a_conflict(
    sides: Sides, marketo_later: int, winner: str, row: str, waits: Any
):
    sides.entry["fields"] = {**sides.entry["fields"], "title": NEWEST}
    contact = sides.linked(title="Countess")
    edited_at = sides.now + timedelta(hours=1)
    sides.edit_row(contact, title="Queen", updated_at=edited_at)
    sides.now = edited_at + timedelta(seconds=marketo_later - 5)
    sides.edit(1001, title="Duchess")
    assert counted(sides.reconcile())["conflicts"] == 1
    assert conflicts(sides) == [("title", "Duchess", "Queen", "newest", winner)]
    assert sides.contact(contact)["title"] == row
    assert set(pending(sides).values()) == set(waits)
    assert counted(sides.reconcile()) == {}
    assert len(conflicts(sides)) == 1


def test_a_database_that_won_pushes_by_the_rule_that_decided(sides: Sides):
    sides.entry["fields"] = {**sides.entry["fields"], "title": {**NEWEST, "conflict": "database"}}
    contact = sides.linked(title="Countess")
    sides.edit(1001, title="Duchess")
    sides.edit_row(contact, title="Queen")
    sides.reconcile()
    sides.push(contact, title="Queen")
    (change,) = sides.ledger("changes", field="title")
    assert (change["old"], change["new"], change["rule"], change["side"]) == (
        *("Duchess", "Queen"),
        *("push: database", "marketo"),
    )


def test_a_change_whose_time_our_own_write_has_moved_is_of_unknown_time(sides: Sides):
    sides.entry["fields"] = {**sides.entry["fields"], "title": NEWEST}
    contact = sides.linked(title="Countess")
    sides.edit(1001, firstName="Ada")
    sides.reconcile()
    moved = sides.contact(contact)["updated_at"]  # 2030: by the trigger, at our own write
    sides.edit_row(contact, title="Queen", updated_at=moved)
    sides.edit(1001, title="Duchess")
    sides.reconcile()
    (conflict,) = sides.ledger("conflicts")
    assert (conflict["database_at"], conflict["winner"]) == (None, "database")


def test_an_edit_keeps_the_time_of_the_first_cycle_that_saw_it(sides: Sides):
    sides.entry["fields"] = {**sides.entry["fields"], "title": NEWEST}
    contact = sides.linked(title="Countess", first_name="Ada")
    sides.edit_row(contact, title="Queen")
    first = sides.contact(contact)["updated_at"]
    sides.reconcile()
    sides.edit(1001, title="Duchess")
    sides.tick(3600)
    sides.edit_row(contact, first_name="Augusta")
    sides.reconcile()
    (conflict,) = sides.ledger("conflicts")
    assert (conflict["database_at"], conflict["winner"]) == (first, "marketo")
    assert sides.contact(contact)["title"] == "Duchess"


def test_a_reviewed_field_is_held_on_both_sides_while_others_go_on(sides: Sides):
    contact = sides.linked(title="Countess")
    sides.edit(1001, title="Duchess", firstName="Augusta")
    sides.edit_row(contact, title="Queen", vip=True)
    assert counted(sides.reconcile()) == {"pulled": 1, "pushed": 1, "conflicts": 1, "held": 1}
    row = sides.contact(contact)
    assert (row["title"], row["first_name"]) == ("Queen", "Augusta")
    assert pending(sides) == {str(contact): "isVip (push)"}
    assert conflicts(sides) == [("title", "Duchess", "Queen", "review", None)]
    sides.edit(1001, title="Empress")
    sides.reconcile()
    assert conflicts(sides) == [("title", "Empress", "Queen", "review", None)]
    sides.edit_row(contact, title="Empress")
    sides.reconcile()
    assert conflicts(sides) == [("title", "Empress", "Queen", "review", "agreed")]
    sides.edit(1001, title="Countess")
    sides.reconcile()
    assert sides.contact(contact)["title"] == "Countess"


def test_values_are_translated_on_both_ways(sides: Sides):
    country = {"to": "country", "values": {"DE": "Germany"}, "conflict": "review"}
    sides.entry["fields"] = {"email": "email", "title": country}
    contact = sides.row(email="a@x.com", title="DE")
    sides.lead(1001, contactKey=str(contact), email="a@x.com", country="Germany")
    assert counted(sides.reconcile())["agreed"] == 3
    sides.edit(1001, country="France")
    sides.reconcile()
    assert sides.contact(contact)["title"] == "France"
    sides.edit(1001, country="Germany")
    sides.reconcile()
    assert sides.contact(contact)["title"] == "DE"
    assert sides.base(contact, "country") == ("DE", "Germany", "pull")


def test_one_way_fields_drift_until_their_source_changes(sides: Sides):
    to_marketo = {"to": "title", "direction": "to_marketo"}
    sides.entry["fields"] = {**sides.entry["fields"], "title": to_marketo}
    contact = sides.linked(title="Countess", score=5)
    sides.edit(1001, title="Queen")
    sides.edit_row(contact, score=7)
    assert counted(sides.reconcile()) == {}
    assert sides.ledger("pairs")[0]["drifted"] == 2
    sides.edit(1001, leadScore=9)
    sides.edit_row(contact, title="Duchess")
    assert counted(sides.reconcile()) == {"pulled": 1, "pushed": 1}
    assert sides.contact(contact)["score"] == 9
    assert sides.ledger("pairs")[0]["drifted"] == 0


REWRITES = """
create function crm.rewrite() returns trigger language plpgsql as
$$ begin new.title := upper(new.title); return new; end $$;
create trigger rewrite before update on crm.contacts for each row execute function crm.rewrite();
"""


def test_a_value_that_a_trigger_rewrites_makes_no_loop(sides: Sides):
    contact = sides.linked(title="COUNTESS")
    sides.database.execute(REWRITES)
    sides.edit(1001, title="Queen")
    sides.reconcile()
    assert sides.contact(contact)["title"] == "QUEEN"
    assert sides.base(contact, "title") == ("QUEEN", "Queen", "pull")
    assert counted(sides.reconcile()) == {}
    assert pending(sides) == {}


REFUSE = "if new.title = 'Queen' then raise exception 'no queens here'; end if;"
SKIP = "if new.title = 'Queen' then return null; end if;"
TRIGGER = """
create function crm.check_title() returns trigger language plpgsql as
$$ begin {} return new; end $$;
create trigger check_title before update on crm.contacts
for each row execute function crm.check_title();
"""
CHECK = "alter table crm.contacts add constraint no_queens check (title <> 'Queen')"
UNIQUE = (
    "alter table crm.contacts add constraint later unique (title) deferrable initially deferred"
)


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (CHECK, 'violates check constraint "no_queens"'),
        (UNIQUE, 'violates unique constraint "later"'),
        (TRIGGER.format(REFUSE), "no queens here"),
        (TRIGGER.format(SKIP), "a trigger or rule of the table has left the row as it was"),
        ("alter table crm.contacts alter title type varchar(4)", "value too long for type"),
    ],
)
def test_what_the_database_refuses_is_a_reject_and_harms_no_other_row(
    sides: Sides, refusal: str, reason: str
):
    contact = sides.linked()
    other = sides.linked(1002)
    sides.row(email="queen@x.com", title="Queen" if refusal is UNIQUE else None)
    sides.database.execute(refusal)
    sides.edit(1001, title="Queen")
    sides.edit(1002, title="Duke")
    assert counted(sides.reconcile())["refused"] == 1
    (reject,) = sides.ledger("rejects")
    assert (reject["record_key"], reject["code"]) == (str(contact), "local.refused_by_database")
    assert reason in reject["reason"]
    assert reject["payload"] == {"title": "Queen"}
    assert sides.contact(contact)["title"] is None
    assert sides.contact(other)["title"] == "Duke"
    sides.edit(1001, title="Earl")
    sides.reconcile()
    assert sides.ledger("rejects")[0]["resolved_at"] is not None


def test_moments_beyond_pythons_calendar_stop_no_other_row(sides: Sides):
    sides.database.execute(
        "alter table crm.contacts add seen timestamptz, add born date, add calls timestamp[]"
    )
    told = {"seen": "planCode", "born": "country", "calls": "freeText"}
    fields = {column: {"to": name, "direction": "to_marketo"} for column, name in told.items()}
    sides.entry["fields"] = {**sides.entry["fields"], **fields}
    early, late, other = (sides.linked(lead) for lead in (1001, 1002, 1003))
    for contact, moment in (
        (early, "0044-03-15 12:00:00+00 BC"),
        (late, "12026-11-24 10:00:00+00"),
    ):
        sides.edit_row(contact, seen=moment, born=moment, calls=f"{{{moment}}}")
    sides.edit(1003, title="Queen")
    assert counted(sides.reconcile()) == {"pulled": 1, "pushed": 2}
    assert sides.contact(other)["title"] == "Queen"
    waiting = {row["record_key"]: row["row"] for row in sides.ledger("pending")}
    assert [
        tuple(waiting[str(key)][name] for name in ("seen", "born", "calls"))
        for key in (early, late)
    ] == [
        ("0044-03-15 12:00:00+00 BC", "0044-03-15 BC", ["0044-03-15 12:00:00 BC"]),
        ("12026-11-24 10:00:00+00", "12026-11-24", ["12026-11-24 10:00:00"]),
    ]
    assert counted(sides.reconcile()) == {}


def test_a_row_that_the_user_changes_meanwhile_is_left_to_the_next_cycle(sides: Sides):
    contact = sides.linked(title="Countess")
    sides.edit(1001, title="Queen")

    def meddle(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE crm.contacts"):
            sides.edit_row(contact, first_name="Meanwhile")

    event.listen(Engine, "before_cursor_execute", meddle)
    assert counted(sides.reconcile()) == {"overtaken": 1}
    event.remove(Engine, "before_cursor_execute", meddle)
    assert sides.contact(contact)["title"] == "Countess"
    assert counted(sides.reconcile()) == {"pulled": 1, "pushed": 1}


def test_rows_without_consent_are_left_alone(sides: Sides):
    sides.entry["where"] = "consent"
    contact = sides.linked(title="Countess")
    sides.query("update crm.contacts set consent = null where false")
    sides.edit_row(contact, consent=False, first_name="Ada")
    sides.edit(1001, title="Queen")
    sides.row(email="other@x.com", consent=False)
    assert counted(sides.reconcile()) == {}
    assert sides.contact(contact)["title"] == "Countess"
    sides.edit_row(contact, consent=True)
    assert counted(sides.reconcile()) == {"pulled": 1, "pushed": 1}


def test_a_field_that_goes_to_and_fro_is_held_until_it_is_released(sides: Sides):
    contact = sides.linked(title="a")
    for value in ("b", "a", "b", "a"):
        sides.edit(1001, title=value)
        sides.reconcile()
    assert sides.contact(contact)["title"] == "b"
    assert conflicts(sides) == [("title", "a", "b", "flapping", None)]


def test_a_new_column_in_the_mapping_is_linked_by_itself(sides: Sides):
    contact = sides.linked(title="Countess")
    sides.entry["fields"] = {
        **sides.entry["fields"],
        "vip": {"to": "planCode", "conflict": "review"},
    }
    sides.query("alter table crm.contacts alter vip type text")
    sides.edit_row(contact, vip="gold")
    sides.edit(1001, planCode="silver", title="Queen")
    assert counted(sides.reconcile()) == {"pulled": 1, "conflicts": 1, "held": 1}
    assert conflicts(sides) == [("planCode", "silver", "gold", "first_link", None)]


def test_a_field_may_return_to_earlier_values_over_more_than_six_cycles(sides: Sides):
    contact = sides.linked(title="a")
    for value in ("b", "a"):
        sides.edit(1001, title=value)
        sides.reconcile()
    for _ in range(5):
        sides.reconcile()
    for value in ("b", "a"):
        sides.edit(1001, title=value)
        assert counted(sides.reconcile()) == {"pulled": 1}
    assert sides.contact(contact)["title"] == "a"


def test_plan_tells_row_and_field_and_does_nothing(sides: Sides):
    contact = sides.linked(title="Countess")
    sides.edit(1001, firstName="Ada", title="Duchess")
    sides.edit_row(contact, title="Queen", vip=True)
    sides.row(email="new@x.com")
    before = sides.query("select xmin::text, * from crm.contacts order by contact_id")
    ledger = [sides.ledger(each) for each in ("records", "pairs", "pending", "conflicts", "cycles")]
    told = {(line.record_key, line.field, line.action, line.rule) for line in sides.plan().lines}
    assert told == {
        ("1", "firstName", "pull", "pull"),
        ("1", "title", "hold", "hold: review"),
        ("1", "isVip", "push", "push"),
        ("2", "", "create", "create"),
    }
    assert sides.query("select xmin::text, * from crm.contacts order by contact_id") == before
    after = [sides.ledger(each) for each in ("records", "pairs", "pending", "conflicts", "cycles")]
    assert after == ledger


def test_plan_needs_no_ledger_and_makes_none(sides: Sides):
    sides.row(email="new@x.com")
    assert [line.action for line in sides.plan().lines] == ["create"]
    assert sides.query("select 1 from pg_namespace where nspname = 'marketo_sync'") == []


def test_postgres_knows_how_long_the_ledger_is_as_soon_as_rows_are_linked(sides: Sides):
    """Else it plans for a ledger of one row, and a first cycle takes the square of the time."""
    for number in range(3):
        sides.row(email=f"{number}@x.com")
        sides.lead(1000 + number, email=f"{number}@x.com")
    sides.reconcile()
    known = "select reltuples from pg_class where oid = 'marketo_sync.records'::regclass"
    assert sides.query(known) == [{"reltuples": 3}]
