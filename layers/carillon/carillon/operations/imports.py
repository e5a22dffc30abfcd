"""The action `import`, which stores people that another service knew. It changes nothing that Carillon has already.

So an import may be repeated after an interruption, and never takes back what a person or a producer chose since.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb
from pydantic import TypeAdapter, ValidationError

from carillon.errors import Invalid
from carillon.ids import uuid7
from carillon.models.channel import CHANNELS
from carillon.models.device import NewDevice, one_token
from carillon.models.recipient import NewContact
from carillon.models.user_id import UserId
from carillon.operations.import_arguments import ImportArguments, ImportedDevice, ImportedPerson
from carillon.operations.people_answers import ImportAnswer, ImportOutcome, ImportResult
from carillon.operations.registry import OperatorContext, action
from carillon.people.handover import PARALLEL_DELETES

_PARALLEL = PARALLEL_DELETES  # requests to SNS at once: the connections in the pool of its client
_user_id = TypeAdapter[str](UserId)


@dataclass(frozen=True)
class _Phone:
    """A device of a person, with its place in the result."""

    user_id: str
    device: ImportedDevice
    result: ImportResult
    position: int

    @property
    def token(self) -> str:
        """The one spelling of the token."""
        return one_token(self.device.platform, self.device.token)

    def outcome(self, outcome: ImportOutcome) -> None:
        self.result.devices[self.position] = outcome


@action("import")
def import_people(context: OperatorContext, arguments: ImportArguments) -> ImportAnswer:
    """Store the contact data, the opt-outs and the devices of people who have none. Return what became of each."""
    results = [_checked(person) for person in arguments.people]
    accepted = [
        (person, contact, result)
        for person, (contact, result) in zip(arguments.people, results, strict=True)
        if result.contact != "invalid_user_id"
    ]
    given = [
        {
            "user_id": person.user_id,
            **contact.model_dump(),
            "channels": {channel: False for channel in CHANNELS if channel in person.off},
        }
        for person, contact, _ in accepted
    ]
    rows = context.rows("operations/import_people", people=Jsonb(given), dry_run=arguments.dry_run)
    stored = {row["user_id"]: row for row in rows}
    for person, _, result in accepted:
        if result.contact != "invalid_address":
            row = stored[person.user_id]
            result.contact = "kept" if row["other_address"] else "imported" if row["new"] else "known"
    phones = [
        _Phone(person.user_id, device, result, position)
        for person, _, result in accepted
        for position, device in enumerate(person.devices)
    ]
    new = [phone for phone in phones if _is_new(context, phone)]
    if new and not arguments.dry_run:
        _register(context, new)
    return ImportAnswer(people=[result for _, result in results])


def _checked(person: ImportedPerson) -> tuple[NewContact, ImportResult]:
    """Return the valid contact data of a person, and the result so far."""
    result = ImportResult(contact="known", dropped=[], devices=["known"] * len(person.devices))
    try:
        _user_id.validate_python(person.user_id)
    except ValidationError:
        result.contact, result.devices = "invalid_user_id", ["invalid_user_id"] * len(person.devices)
        return NewContact(), result
    fields = {
        "email": person.email,
        "locale": person.locale and person.locale.replace("_", "-"),  # Android writes en_US
        "timezone": person.timezone,
    }
    try:
        return NewContact.model_validate(fields), result
    except ValidationError as error:
        wrong = {str(problem["loc"][0]) for problem in error.errors()}
    if "email" in wrong:
        result.contact = "invalid_address"
    result.dropped = [name for name in ("locale", "timezone") if name in wrong]
    return NewContact.model_validate({name: value for name, value in fields.items() if name not in wrong}), result


def _is_new(context: OperatorContext, phone: _Phone) -> bool:
    """Return whether a phone can be registered, because no person has it. Write the outcome into its result."""
    try:
        valid = NewDevice.model_validate(phone.device.model_dump())
    except ValidationError:
        phone.outcome("invalid_token")
        return False
    owner = context.database.row("devices/find_phone", valid.model_dump())
    if owner is None:
        phone.outcome("imported")
    elif owner["user_id"] != phone.user_id:
        phone.outcome("device_of_another")
    return owner is None


def _register(context: OperatorContext, phones: list[_Phone]) -> None:
    """Create the endpoints of new phones at SNS, several at once, and store the devices."""
    endpoints = context.endpoints()

    def endpoint(phone: _Phone) -> str | None:
        try:
            return endpoints.ensure_enabled(phone.device.platform, phone.token, None)
        except Invalid:
            return None

    with ThreadPoolExecutor(min(_PARALLEL, len(phones))) as pool:
        arns = list(pool.map(endpoint, phones))
    for phone, arn in zip(phones, arns, strict=True):
        if arn is None:
            phone.outcome("invalid_token")
            continue
        row: dict[str, Any] = {
            "id": uuid7(), "user_id": phone.user_id, "platform": phone.device.platform, "token": phone.token,
            "endpoint_arn": arn,
        }  # fmt: skip
        if context.database.row("devices/put", row) is None:  # another person registered it meanwhile
            phone.outcome("device_of_another")
