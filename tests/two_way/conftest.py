"""A world for all two-way tests of a process; each test begins with both systems empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.two_way.world import World, a_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.postgres import Address


@pytest.fixture(scope="session")
def shared_world(tmp_path_factory: pytest.TempPathFactory, server: Address) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("world"), server) as world:
        yield world


@pytest.fixture
def world(shared_world: World) -> World:
    shared_world.reset()
    return shared_world
