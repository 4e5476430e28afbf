"""What each `action` of a mapping entry does with a row: one table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from marketo_client import SyncAction
from marketo_sync import Action

if TYPE_CHECKING:
    from collections.abc import Mapping


class Address(Enum):
    """By what a call names its records."""

    BY_ID = "Marketo's id, only what changed"
    BY_KEY = "the key, whole, with the entry's own action"
    NEVER = "not at all"


@dataclass(frozen=True, slots=True)
class Steps:
    """What is done with rows that are `linked` in the ledger, `found` by a look-up, or neither.

    `create` is the action of a row that is neither, by its key; None where such a row makes no
    record. Without `look_up` none is ever found.
    """

    look_up: bool
    linked: Address
    found: Address
    create: SyncAction | None


# Where Marketo may hold a record that lacks the key, or several with one key.
SEARCHED_STEPS: Final[Mapping[Action, Steps]] = MappingProxyType(
    {
        Action.AUTO: Steps(
            look_up=True,
            linked=Address.BY_ID,
            found=Address.BY_ID,
            create=SyncAction.CREATE_OR_UPDATE,
        ),
        Action.CREATE_OR_UPDATE: Steps(  # the source paper's way
            look_up=False,
            linked=Address.BY_KEY,
            found=Address.BY_KEY,
            create=SyncAction.CREATE_OR_UPDATE,
        ),
        Action.UPDATE_ONLY: Steps(
            look_up=True, linked=Address.BY_ID, found=Address.BY_ID, create=None
        ),
        Action.CREATE_ONLY: Steps(
            look_up=True,
            linked=Address.NEVER,
            found=Address.NEVER,
            create=SyncAction.CREATE_ONLY,
        ),
    }
)
# Where the key alone says which record is meant, so that none has to be looked up.
KEYED_STEPS: Final[Mapping[Action, Steps]] = MappingProxyType(
    {
        Action.AUTO: Steps(
            look_up=False,
            linked=Address.BY_ID,
            found=Address.NEVER,
            create=SyncAction.CREATE_OR_UPDATE,
        ),
        Action.CREATE_OR_UPDATE: Steps(
            look_up=False,
            linked=Address.BY_KEY,
            found=Address.NEVER,
            create=SyncAction.CREATE_OR_UPDATE,
        ),
        Action.UPDATE_ONLY: Steps(
            look_up=False,
            linked=Address.BY_ID,
            found=Address.NEVER,
            create=SyncAction.UPDATE_ONLY,
        ),
        Action.CREATE_ONLY: Steps(
            look_up=False,
            linked=Address.NEVER,
            found=Address.NEVER,
            create=SyncAction.CREATE_ONLY,
        ),
    }
)
