"""Brings types of custom objects about: makes, extends and approves them.

Every step looks at what is there first, so that a run that was killed in between goes on. A draft
of somebody else's is never touched. Marketo docs: Custom Objects (Approval).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from marketo_client import (
    FeatureMissingError,
    LostAnswerError,
    MissingPermissionError,
    RecordNotFoundError,
    TypeState,
    UnknownAddressError,
)

from target_marketo.errors import PreflightError
from target_marketo.objects.type_definition import STANDARD

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from marketo_client import CustomObjectTypes, ObjectDescription

    from target_marketo.objects.type_definition import TypeDefinition, WantedField

MOST_LOSSES: Final = 4  # answers in a row; then the run stops
NOT_FROM_HERE: Final = (FeatureMissingError, MissingPermissionError, UnknownAddressError)
"""How Marketo says that a person has to enter a type."""

log = logging.getLogger("target-marketo")


def lacking(definition: TypeDefinition, known: Iterable[str]) -> list[WantedField]:
    """The fields that a type has not; Marketo matches names without case."""
    there = {name.lower() for name in known}
    return [field for field in definition.fields if field.name.lower() not in there]


class TypeMaker:
    """The metadata API of one instance."""

    def __init__(self, types: CustomObjectTypes) -> None:
        self._types = types

    def hindrance(self, name: str) -> str | None:
        """What keeps a type from being made or extended here; None if nothing is known to."""
        try:
            self._types.list(name)
        except NOT_FROM_HERE as error:
            return str(error)
        return None

    def bring_about(self, definition: TypeDefinition) -> None:
        """Make the type, or add the fields that it lacks, and approve it.

        Raises PreflightError, or one of `NOT_FROM_HERE`.
        """
        for _ in range(MOST_LOSSES):
            try:
                self._bring_about(definition)
            except LostAnswerError as error:
                lost = error
            else:
                return
        raise lost

    def _bring_about(self, definition: TypeDefinition) -> None:
        name = definition.api_name
        approved = self._version(name, TypeState.APPROVED)
        draft = self._version(name, TypeState.DRAFT)
        if approved is None and draft is None:
            log.info("custom object %s: made", name)
            self._types.create(definition.new_type)
        latest = _names(draft) or _names(approved)
        self._check(definition, _names(approved), _names(draft))
        if missing := lacking(definition, latest):
            names = ", ".join(field.name for field in missing)
            log.info("custom object %s: fields added: %s", name, names)
            self._types.add_fields(name, [field.new() for field in missing])
        if lacking(definition, _names(approved)):
            log.info("custom object %s: approved", name)
            self._types.approve(name)

    def _version(self, name: str, state: TypeState) -> ObjectDescription | None:
        try:
            found = self._types.describe(name, state=state)
        except RecordNotFoundError:
            return None
        return found if found.version == state.value else None

    def _check(
        self, definition: TypeDefinition, approved: Collection[str], draft: Collection[str]
    ) -> None:
        """Whatever is frozen, or somebody else's, stops the run."""
        missing = lacking(definition, approved)
        frozen = [field.name for field in missing if field.dedupe or field.link]
        problems = []
        if approved and frozen:
            problems.append(f"key and links are fixed, and {', '.join(frozen)} is not among them")
        if missing and draft and not _is_ours(definition, approved, draft):
            problems.append("it has a draft that somebody left: approve or discard it first")
        if problems:
            place = f"custom object {definition.api_name}"
            raise PreflightError([f"{place}: {problem}" for problem in problems])


def _is_ours(definition: TypeDefinition, approved: Collection[str], draft: Collection[str]) -> bool:
    """Whether a draft holds what is approved, and beyond that nothing but what is wanted."""
    before, now = ({name.lower() for name in names} for names in (approved, draft))
    wanted = {field.name.lower() for field in definition.fields}
    return before <= now <= before | wanted | STANDARD


def _names(described: ObjectDescription | None) -> list[str]:
    return [field.name for field in described.fields] if described else []
