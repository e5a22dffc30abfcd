"""Times on their way out."""

from datetime import UTC
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

# In UTC whatever the database's own time zone is: behind RDS Proxy a session may not choose one.
Moment = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
