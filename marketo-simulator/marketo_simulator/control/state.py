"""Control of everything but data: clock, settings, permissions, faults, calls, quotas, tokens."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from marketo_simulator.exports.handlers import shown
from marketo_simulator.identity.store import Service
from marketo_simulator.timestamps import parse, stamp

if TYPE_CHECKING:
    from marketo_simulator.calls import JsonObject
    from marketo_simulator.control.answers import Command
    from marketo_simulator.instance import Instance


def get_clock(instance: Instance, _command: Command) -> JsonObject:
    """The simulated time."""
    return {"now": stamp(instance.clock.now()), "running": instance.clock.running}


def move_clock(instance: Instance, command: Command) -> JsonObject:
    """`now` sets the time, `advance_seconds` moves it on, `running` stops or resumes it."""
    if "now" in command.body:
        instance.clock.move_to(parse(command.body["now"]))
    instance.clock.advance(float(command.body.get("advance_seconds", 0)))
    if command.body.get("running", instance.clock.running):
        instance.clock.resume()
    else:
        instance.clock.stop()
    return get_clock(instance, command)


def get_settings(instance: Instance, _command: Command) -> JsonObject:
    """All settings."""
    return asdict(instance.settings)


def change_settings(instance: Instance, command: Command) -> JsonObject:
    """Some settings change; the answer has all."""
    instance.change_settings(command.body)
    return asdict(instance.settings)


def get_permissions(instance: Instance, _command: Command) -> JsonObject:
    """The permissions that the API users lack."""
    return {"denied": sorted(instance.denied)}


def deny_permissions(instance: Instance, command: Command) -> JsonObject:
    """`denied` replaces the list of permissions that the API users lack."""
    instance.denied = frozenset(command.body["denied"])
    return get_permissions(instance, command)


def get_exports(instance: Instance, _command: Command) -> JsonObject:
    """All export jobs of all users, with what was asked; those with `queuedAt` cost their bytes."""
    jobs = instance.exports.jobs.values()
    return {"exports": [{**shown(job), "asked": job.asked} for job in jobs]}


def get_faults(instance: Instance, _command: Command) -> JsonObject:
    """All faults, those that are used up too."""
    return {"faults": [asdict(fault) for fault in instance.faults.all]}


def add_fault(instance: Instance, command: Command) -> JsonObject:
    """Put a fault in force."""
    return asdict(instance.faults.add(command.body, instance.last_token_serial))


def clear_faults(instance: Instance, command: Command) -> JsonObject:
    """Nothing goes wrong any more."""
    instance.faults.clear()
    return get_faults(instance, command)


def get_calls(instance: Instance, _command: Command) -> JsonObject:
    """The call log."""
    return {"calls": [call.shown() for call in instance.calls.calls]}


def clear_calls(instance: Instance, command: Command) -> JsonObject:
    """Forget all calls; the next one has the index 1."""
    instance.calls.clear()
    return get_calls(instance, command)


def get_usage(instance: Instance, _command: Command) -> JsonObject:
    """What is used of today's quotas by all applications together."""
    today = instance.limits.today()
    return {"calls": instance.limits.calls_on(today), "exportBytes": instance.exports.bytes_today()}


def add_usage(instance: Instance, command: Command) -> JsonObject:
    """Other applications have used `calls` and `exportBytes` of today's quotas."""
    user = str(command.body.get("userId", "other.app@example.com"))
    day = instance.limits.today()
    instance.limits.calls[(day, user)] += int(command.body.get("calls", 0))
    instance.exports.other_bytes[(day, user)] += int(command.body.get("exportBytes", 0))
    return get_usage(instance, command)


def add_service(instance: Instance, command: Command) -> JsonObject:
    """A second API user."""
    service = instance.identity.add(Service(**command.body))
    return {"client_id": service.client_id, "user": service.user}


def expire_tokens(instance: Instance, _command: Command) -> JsonObject:
    """All access tokens end now: their next use is 602, later ones 601."""
    instance.identity.expire_all()
    return {}
