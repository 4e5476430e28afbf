"""The connection's settings: forms of the base URL, and what is refused."""

from __future__ import annotations

import math

import pytest
from marketo_client import Connection, SettingError

HOST = "https://123-ABC-456.mktorest.com"


@pytest.mark.parametrize(
    "endpoint", [HOST, f"{HOST}/", f"{HOST}/rest", f"{HOST}/rest/", f" {HOST}//rest// "]
)
def test_every_form_of_the_base_url_means_the_same_instance(endpoint):
    connection = Connection(endpoint, "id", "secret")
    assert connection.base_url == HOST
    assert connection.token_url == f"{HOST}/identity/oauth/token"


@pytest.mark.parametrize("identity", ["/identity", "/identity/", "/identity/oauth/token"])
def test_every_form_of_the_identity_url_means_the_same_service(identity):
    connection = Connection(
        HOST, "id", "secret", identity_url=f"https://login.example.com{identity}"
    )
    assert connection.token_url == "https://login.example.com/identity/oauth/token"


@pytest.mark.parametrize("host", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:80"])
def test_plain_http_is_for_loopback(host):
    assert Connection(f"{host}/rest", "id", "secret").base_url == host


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("max_daily_calls", 0),
        ("max_daily_export_mb", -1),
        ("endpoint", "http://planted.example.com"),
        ("endpoint", "planted.example.com"),
        ("endpoint", "https://user:pass@example.com"),
        ("endpoint", "https://example.com/?access_token=x"),
        ("endpoint", "https://[bad"),
        ("endpoint", ""),
        ("identity_url", "http://example.com/identity"),
        ("client_id", " "),
        ("client_secret", ""),
        ("max_calls_per_20s", 0),
        ("max_concurrent_calls", -1),
        ("request_timeout_seconds", 0),
        ("request_timeout_seconds", math.nan),
        ("poll_interval_seconds", 0.5),
        ("poll_interval_seconds", math.inf),
    ],
)
def test_a_bad_setting_is_named_and_its_value_is_not_repeated(setting, value):
    settings = {"endpoint": HOST, "client_id": "id", "client_secret": "secret", setting: value}
    with pytest.raises(SettingError, match=f"`{setting}`") as caught:
        Connection(**settings)
    assert caught.value.setting == setting
    assert len(str(value)) < 3 or str(value) not in str(caught.value)


def test_the_secret_is_not_shown():
    assert "hidden-one" not in repr(Connection(HOST, "hidden-one", "hidden-one"))
