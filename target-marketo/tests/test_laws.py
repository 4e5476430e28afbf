"""Laws that hold for any input: of batches and of STATE."""

from __future__ import annotations

import io
import json

from hypothesis import given
from hypothesis import strategies as st
from target_marketo.desk.states import StateKeeper
from target_marketo.rows.row import Row, Send
from target_marketo.sending.batches import FRAME_BYTES, MOST_BYTES, MOST_RECORDS, Queue


def a_send(size: int) -> Send:
    return Send(Row({}, "key", "digest"), {}, {}, size)


@given(st.lists(st.integers(1, MOST_BYTES - FRAME_BYTES), max_size=900))
def test_batches_joined_give_the_input_each_within_300_rows_and_1_mb(sizes: list[int]):
    sends = [a_send(size) for size in sizes]
    queue = Queue()
    batches = [*filter(None, map(queue.add, sends)), *filter(None, [queue.empty()])]
    assert [send for batch in batches for send in batch] == sends
    for batch in batches:
        assert 0 < len(batch) <= MOST_RECORDS
        assert FRAME_BYTES + sum(send.size for send in batch) <= MOST_BYTES


@given(st.data())
def test_state_never_passes_a_row_that_is_not_settled(data: st.DataObject):
    output = io.StringIO()
    keeper = StateKeeper(output)
    open_places: set[int] = set()
    printed = 0
    for _ in range(data.draw(st.integers(0, 30))):
        step = data.draw(st.sampled_from(["row", "state", "settle"]))
        if step == "row":
            open_places.add(keeper.take())
        elif step == "state":
            keeper.remember({"upto": keeper.rows_taken})
        elif open_places:
            settled = data.draw(st.sets(st.sampled_from(sorted(open_places)), min_size=1))
            open_places -= settled
            keeper.settle(settled)
        lines = [json.loads(line)["upto"] for line in output.getvalue().splitlines()]
        assert lines == sorted(lines)
        for upto in lines[printed:]:
            assert not any(place <= upto for place in open_places)
        printed = len(lines)
    keeper.settle(open_places)
    keeper.remember({"upto": keeper.rows_taken})
    last = output.getvalue().splitlines()[-1]
    assert json.loads(last) == {"upto": keeper.rows_taken}
