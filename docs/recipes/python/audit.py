"""Administrators must learn of a new role, whatever their preferences say."""

from collections.abc import Iterable
from dataclasses import dataclass

from carillon_client import Client


@dataclass(frozen=True)
class RoleGranted:
    """An entry of your audit log."""

    id: str
    member_name: str
    role: str
    actor_name: str


def role_granted(carillon: Client, entry: RoleGranted, administrators: Iterable[str]) -> list[str]:
    """Notify each administrator. Return those whom no email can reach: tell them by other means."""
    unreached: list[str] = []
    for administrator in administrators:
        created = carillon.notifications.create(
            administrator,
            event_name="security.role_granted",  # `security` is mandatory for email, and kept for audit
            title=f"{entry.member_name} is now {entry.role}",
            body=f"Granted by {entry.actor_name}.",
            severity="critical",
            resource_id=entry.id,
            data={"entry": entry.id},  # what to look up; never a key, a token or another secret
            target_url=f"/audit/{entry.id}",
        )
        if created.notification["routing"]["email"]["action"] == "off":
            unreached.append(administrator)
    return unreached
