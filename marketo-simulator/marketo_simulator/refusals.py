"""Answers of the servers in front of Marketo: bare HTML. Marketo docs: Error Codes."""

from __future__ import annotations

from typing import Final

from starlette.responses import HTMLResponse

PAGE: Final = "<html><body><h1>{}</h1></body></html>"


def too_large() -> HTMLResponse:
    """413: the body, or the file in it, is over the limit."""
    return HTMLResponse(PAGE.format("413 Request Entity Too Large"), 413)


def uri_too_long() -> HTMLResponse:
    """414: the URI is over 8 KB."""
    return HTMLResponse(PAGE.format("414 Request-URI Too Long"), 414)
