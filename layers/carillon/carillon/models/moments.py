"""Times in answers."""

from datetime import UTC
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

# In UTC, whatever the time zone of the database is. Behind RDS Proxy a session cannot set its time zone.
Moment = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
