"""Every code of ours has its line in the one list of them."""

from __future__ import annotations

import re
from pathlib import Path

import marketo_sync
import target_marketo
from target_marketo.rows import local_codes

CODE = re.compile(r'"(local\.\w+)"')


def test_list_holds_the_codes_that_rows_are_refused_with_and_no_other():
    used = {
        code
        for package in (target_marketo, marketo_sync)
        for file in Path(package.__path__[0]).rglob("*.py")
        if file != Path(local_codes.__file__)
        for code in CODE.findall(file.read_text())
    }
    assert used == local_codes.LOCAL_CODES.keys()
