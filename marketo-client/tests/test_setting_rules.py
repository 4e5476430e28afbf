"""Settings by a schema: where they come from, and what is refused in words without values."""

from __future__ import annotations

import jsonschema
import pytest
from marketo_client import SettingError
from marketo_client.setting_rules import SettingRules, nearest

SCHEMA = {
    "properties": {
        "endpoint": {"type": ["string"], "description": "Where Marketo is."},
        "seconds": {"type": ["integer", "null"], "minimum": 1, "maximum": 60},
        "way": {"type": ["string", "null"], "enum": ["slow", "fast", None]},
        "types": {"type": ["array", "null"]},
        "loud": {"type": ["boolean", "null"]},
        "where": {"type": ["object", "null"]},
    },
    "required": ["endpoint"],
}
RULES = SettingRules("tap-x", SCHEMA)
GOOD = {"endpoint": "https://x"}
SECRET = "s3cr3t"


def check(**config):
    given = GOOD | config
    RULES.check(given, violations=jsonschema.Draft7Validator(SCHEMA).iter_errors)
    return given


@pytest.fixture
def variables(monkeypatch, tmp_path):
    """Variables of a process that works in an empty folder, or with that `.env`."""
    monkeypatch.chdir(tmp_path)

    def set_to(env="", **values):
        (tmp_path / ".env").write_text(env)
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        return RULES.from_variables(prefix="TAP_X_", passed_over=("_",))

    return set_to


def test_variables_are_read_by_the_type_of_their_setting(variables):
    assert variables(
        TAP_X_ENDPOINT="1", TAP_X_SECONDS="5", TAP_X_LOUD="Yes", TAP_X_TYPES="a, b,",
        TAP_X_WHERE='{"list": 1}', TAP_X__SELECT="x",
    ) == {
        "endpoint": "1", "seconds": 5, "loud": True, "types": ["a", "b"], "where": {"list": 1},
    }  # fmt: skip


def test_a_variable_comes_before_the_line_of_dot_env(variables):
    assert variables("TAP_X_SECONDS=7\nTAP_X_WAY=slow\n", TAP_X_SECONDS="5") == {
        "seconds": 5,
        "way": "slow",
    }


@pytest.mark.parametrize(
    ("name", "told"),
    [("TAP_X_SECONDS", "must be of type integer"), ("TAP_X_SECOND", "did you mean `seconds`?")],
)
def test_a_variable_that_cannot_be_used_is_refused(variables, name, told):
    with pytest.raises(SettingError) as refused:
        variables(**{name: SECRET})
    assert told in str(refused.value)
    assert SECRET not in str(refused.value)


def test_null_is_not_set():
    assert check(seconds=None) == GOOD


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"endpoint": None}, "`endpoint` is missing; Where Marketo is."),
        ({"sekonds": 5}, "`sekonds` is not a setting; did you mean `seconds`?"),
        ({"zzz": 5}, "remove it, or see `tap-x --about`"),
        ({"way": ""}, "`way` is empty"),
        ({"seconds": SECRET}, "`seconds` must be of type integer or null; see `tap-x --about`"),
        ({"seconds": 0}, "must be 1 or more"),
        ({"seconds": 61}, "must be 60 or less"),
        ({"way": SECRET}, "must be one of slow, fast"),
    ],
)
def test_what_cannot_work_is_told_without_the_value(config, told):
    with pytest.raises(SettingError) as refused:
        check(**config)
    assert told in str(refused.value)
    assert SECRET not in str(refused.value)


def test_the_nearest_name_is_found_whatever_its_case():
    assert (
        nearest("LEADSCORE", ["email", "leadScore"], listed_by="x") == "did you mean `leadScore`?"
    )
