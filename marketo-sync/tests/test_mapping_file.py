"""The mapping file: what a right one says, and how a wrong one says all that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from marketo_sync import (
    Conflict,
    Direction,
    KeyPart,
    MappingErrors,
    Nulls,
    ObjectKind,
    OnDelete,
    OnNew,
    load_mapping,
    parse_streams,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketo_sync.mapping import Mapping

CASES = Path(__file__).parent / "cases"
MARK = "# wrong: "
LEAD: dict[str, Any] = {"object": "lead", "key": {"contact_id": "contactKey"}}


@pytest.fixture
def mapping() -> Mapping:
    return load_mapping(CASES / "whole_mapping.yml")


def errors_of(text: str, folder: Path) -> list[tuple[int, str]]:
    file = folder / "mapping.yml"
    file.write_text(text)
    with pytest.raises(MappingErrors) as caught:
        load_mapping(file)
    return [(error.line, error.message) for error in caught.value.errors]


def inline_errors(**changed: Any) -> list[str]:
    with pytest.raises(MappingErrors) as caught:
        parse_streams({"contacts": {**LEAD, **changed}})
    return [str(error) for error in caught.value.errors]


def test_head_of_the_file_names_instance_and_guard(mapping: Mapping) -> None:
    assert (mapping.instance, mapping.max_changed_percent) == ("123-ABC-456", 15)


def test_stream_is_named_as_tap_postgres_names_the_table(mapping: Mapping) -> None:
    assert [entry.stream for entry in mapping.entries] == ["crm-accounts", "people", "crm-orders"]


def test_table_without_schema_is_in_public() -> None:
    assert (
        parse_streams({"c": {**LEAD, "table": "contacts"}}).entries[0].stream == "public-contacts"
    )


def test_entry_without_table_is_the_stream_of_its_name() -> None:
    assert parse_streams({"contacts": LEAD}).entries[0].stream == "contacts"


def test_key_columns_keep_their_order() -> None:
    key = {"b": "roleB", "a": "roleA"}
    entry = parse_streams({"roles": {"object": "opportunity_role", "key": key}}).entries[0]
    assert entry.key == (KeyPart("b", "roleB"), KeyPart("a", "roleA"))


def test_short_form_of_a_lead_field_goes_both_ways_and_the_newest_wins(mapping: Mapping) -> None:
    fields = {field.column: field for field in mapping.entries[1].fields or ()}
    email = fields["email"]
    assert (email.to, email.direction, email.conflict) == ("email", Direction.BOTH, Conflict.NEWEST)
    assert fields["first_name"].conflict is Conflict.MARKETO
    assert (fields["plan"].direction, fields["plan"].conflict) == (Direction.TO_MARKETO, None)


def test_fields_of_other_objects_go_to_marketo_only(mapping: Mapping) -> None:
    assert {f.direction for f in mapping.entries[2].fields or ()} == {Direction.TO_MARKETO}


def test_policies_are_read_in_their_short_and_long_forms(mapping: Mapping) -> None:
    contacts = mapping.entries[1]
    assert contacts.deleted_in_marketo.action is OnDelete.FLAG
    assert contacts.deleted_in_marketo.flag == "deleted_in_marketo"
    assert contacts.deleted_in_database.action is OnDelete.DELETE
    assert contacts.new_in_marketo.action is OnNew.INSERT
    assert contacts.new_in_marketo.where == "email is not null"
    assert contacts.nulls is Nulls.ALWAYS


def test_links_are_read_in_their_short_and_long_forms() -> None:
    link = {"contact_id": "contacts", "payer_id": {"object": "contacts", "to": "payerId"}}
    order = {"object": "custom_object", "api_name": "o_c", "key": {"id": "id"}, "link": link}
    entry = parse_streams({"contacts": LEAD, "orders": order}).entries[1]
    assert [(one.column, one.object, one.to) for one in entry.link] == [
        ("contact_id", "contacts", None),
        ("payer_id", "contacts", "payerId"),
    ]


def test_entry_without_fields_matches_columns_by_name() -> None:
    assert parse_streams({"contacts": LEAD}).entries[0].fields is None


def test_match_is_email_where_email_is_mapped() -> None:
    with_email = parse_streams({"contacts": {**LEAD, "fields": {"mail": "email"}}}).entries[0]
    without = parse_streams({"contacts": {**LEAD, "fields": {"city": "city"}}}).entries[0]
    unwanted = {**LEAD, "fields": {"mail": "email"}, "match": []}
    assert with_email.match_fields == ("email",)
    assert without.match_fields == ()
    assert parse_streams({"contacts": unwanted}).entries[0].match_fields == ()


def test_key_repeated_under_fields_is_the_key_alone() -> None:
    fields = {"contact_id": "contactKey", "city": "city"}
    entry = parse_streams({"contacts": {**LEAD, "fields": fields}}).entries[0]
    assert [field.column for field in entry.fields or ()] == ["city"]


def test_digest_moves_with_anything_that_the_entry_says() -> None:
    before = parse_streams({"contacts": LEAD}).entries[0].digest
    assert parse_streams({"contacts": LEAD}).entries[0].digest == before
    assert parse_streams({"contacts": {**LEAD, "nulls": "never"}}).entries[0].digest != before


def test_norway_is_a_country_and_a_date_is_text(tmp_path: Path) -> None:
    file = tmp_path / "mapping.yml"
    file.write_text(
        "objects:\n  contacts:\n    object: lead\n    key: {id: contactKey}\n"
        "    fields:\n      country: {to: country, values: {NO: Norway, 010: ten, true: on}}\n"
        "    where: on\n    partition: 2026-01-01\n"
    )
    entry = load_mapping(file).entries[0]
    assert (entry.where, entry.partition) == ("on", "2026-01-01")
    assert (entry.fields or ())[0].values == {"NO": "Norway", "010": "ten", "true": "on"}


def test_wrong_file_gives_all_its_errors_at_once_each_with_its_line() -> None:
    with pytest.raises(MappingErrors) as caught:
        load_mapping(CASES / "wrong_mapping.yml")
    lines = (CASES / "wrong_mapping.yml").read_text().splitlines()
    expected = {n: line.split(MARK)[1] for n, line in enumerate(lines, 1) if MARK in line}
    found = caught.value.errors
    assert [error.line for error in found] == list(expected)
    for error, words in zip(found, expected.values(), strict=True):
        assert words in error.message
    assert str(caught.value).count("\n  line ") == len(expected)


def test_broken_yaml_is_one_error_with_its_line(tmp_path: Path) -> None:
    ((line, message),) = errors_of("objects:\n  contacts: {object: lead\n  x: [\n", tmp_path)
    assert line >= 2
    assert message.startswith("not YAML")


@pytest.mark.parametrize("text", ["", "objects:\n", "- lead\n", "objects: {}\n"])
def test_file_without_objects_is_an_error(text: str, tmp_path: Path) -> None:
    assert len(errors_of(text, tmp_path)) == 1


def test_file_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(MappingErrors, match=r"nowhere\.yml"):
        load_mapping(tmp_path / "nowhere.yml")


def test_inline_errors_have_their_place_instead_of_a_line() -> None:
    assert inline_errors(nuls="never", where=3) == [
        "`objects.contacts.nuls`: unknown key; did you mean `nulls`?",
        "`objects.contacts.where`: must be a text",
    ]


def test_errors_do_not_repeat_what_the_setting_holds() -> None:
    assert "hunter2" not in "".join(inline_errors(nulls="hunter2", where=["hunter2"]))


def test_inline_streams_are_left_as_they_were() -> None:
    given_streams = {"contacts": {**LEAD, "fields": {"a": {"to": 3, "direction": "up"}}}}
    before = repr(given_streams)
    with pytest.raises(MappingErrors):
        parse_streams(given_streams)
    assert repr(given_streams) == before


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"key": {"a": "a", "b": "b"}}, "found by one field"),
        ({"key": {}}, "must not be empty"),
        ({"object": "company", "company": "x"}, "only for lead"),
        ({"link": {"a": "contacts"}}, "`objects.contacts.link`: only for"),
        ({"time_zone": "Europe/Berlin"}, "name that column too"),
        ({"changed_at": "x", "time_zone": "Mars/Olympus"}, "no such time zone"),
        ({"match": ["email"], "fields": {"a": "city"}}, "no column is mapped to the field `email`"),
        ({"fields": {"a": "city", "b": "city"}}, "the column `a` already fills"),
        ({"fields": {"a": "contactKey"}}, "the column `contact_id` already fills"),
        ({"company": "c", "fields": {"a": "externalCompanyId"}}, "the column `c` already fills"),
        ({"fields": {"contact_id": "city"}}, "say what it becomes under `key` alone"),
        ({"deleted_in_marketo": "flag"}, "name what is set"),
        ({"deleted_in_database": {"flg": "x"}}, "did you mean `flag`"),
        ({"new_in_marketo": {"insert": {"whre": "x"}}}, "unknown key"),
        (
            {"fields": {"a": {"to": "b", "direction": "to_marketo", "conflict": "review"}}},
            "one way",
        ),
        ({"object": "custom_object"}, "needs `api_name`"),
        ({"action": "upsert"}, "must be 'auto'"),
        ({"fields": ["email"]}, "must be a mapping of names"),
    ],
)
def test_what_does_not_fit_together_is_an_error(changed: dict[str, Any], words: str) -> None:
    (message,) = inline_errors(**changed)
    assert words in message


def test_two_entries_cannot_share_a_stream() -> None:
    with pytest.raises(MappingErrors, match=r"`people` already belongs to `a`"):
        parse_streams({"a": {**LEAD, "stream": "people"}, "b": {**LEAD, "stream": "people"}})


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ({"a": "nowhere"}, "there is no entry `nowhere`"),
        ({"a": "pairs"}, "one column cannot hold the key of `pairs`"),
        ({"a": "orders"}, "`orders` and `orders` link to each other"),
        ({"a": "lines"}, "`orders` and `lines` link to each other"),
    ],
)
def test_a_link_leads_to_a_row_that_can_come_first(link: dict[str, str], words: str) -> None:
    kind = {"object": "custom_object", "key": {"id": "id"}}
    streams = {
        "orders": {**kind, "api_name": "orders_c", "link": link},
        "lines": {**kind, "api_name": "lines_c", "link": {"b": "orders"}},
        "pairs": {**kind, "api_name": "pairs_c", "key": {"a": "a", "b": "b"}},
    }
    with pytest.raises(MappingErrors, match=words):
        parse_streams(streams)


def test_error_in_one_part_hides_no_error_in_another() -> None:
    fields = {"a": {"to": "city", "conflict": "me"}, "b": "city"}
    messages = inline_errors(fields=fields, time_zone="Europe/Berlin")
    assert len(messages) == 3


names = st.text("abcdefghij_", min_size=1, max_size=8)
specs = st.one_of(
    names,
    st.fixed_dictionaries(
        {"to": names}, optional={"direction": st.sampled_from(["both", "to_marketo"])}
    ),
)
fields_ = st.dictionaries(names, specs, max_size=5)
leads = st.fixed_dictionaries(
    {"object": st.just("lead"), "key": st.dictionaries(names, names, min_size=1, max_size=2)},
    optional={
        "fields": fields_,
        "nulls": st.sampled_from(Nulls).map(str),
        "match": st.lists(names, max_size=2),
        "time_zone": st.sampled_from(["Europe/Berlin", "Nowhere"]),
        "changed_at": names,
        "typo": names,
        "deleted_in_database": st.one_of(st.just("delete"), st.builds(dict, flag=names)),
    },
)


@given(streams=st.dictionaries(names, leads, min_size=1, max_size=3))
def test_file_and_inline_streams_say_the_same(
    streams: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "same.yml"
    file.write_text(yaml.safe_dump({"objects": streams}, sort_keys=False))
    inline = said(lambda: parse_streams(streams))
    assert said(lambda: load_mapping(file)) == inline


def said(read: Callable[[], Mapping]) -> Mapping | list[str]:
    """The mapping, or what is wrong with it."""
    try:
        return read()
    except MappingErrors as wrong:
        return sorted(error.message for error in wrong.errors)


@given(
    values=st.dictionaries(names, names, max_size=5).filter(lambda v: len({*v.values()}) == len(v))
)
def test_translated_value_comes_back_as_it_was(values: dict[str, str]) -> None:
    fields = {"country": {"to": "country", "values": values}}
    (field,) = parse_streams({"contacts": {**LEAD, "fields": fields}}).entries[0].fields or ()
    for ours, theirs in values.items():
        assert field.to_marketo(ours) == theirs
        assert field.to_database(theirs) == ours


def test_values_that_are_not_listed_pass_as_they_are() -> None:
    words = {"DE": "Germany", "1": "One", "2.0": "Two", "true": "Yes", "None": "Nothing"}
    spec = {"to": "country", "values": words}
    (field,) = parse_streams({"c": {**LEAD, "fields": {"x": spec}}}).entries[0].fields or ()
    assert [field.to_marketo(v) for v in ("AT", None, 1, 1.0, 2.0, True, 2.5)] == [
        *("AT", None, "One", "One", "Two", "Yes", 2.5)
    ]
    spec = {"to": "country", "values": {"-": "None"}}
    (field,) = parse_streams({"c": {**LEAD, "fields": {"x": spec}}}).entries[0].fields or ()
    assert [field.to_database(v) for v in ("None", None)] == ["-", None]


def test_kinds_are_those_of_the_design() -> None:
    assert len(ObjectKind) == 10
