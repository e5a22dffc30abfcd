"""Where a person's hints arrive, as the API answers it."""

from carillon.live.names import EVERYONE, channel_of, hash_person
from carillon.models.live import Live, LiveChannel
from carillon.settings.read import ReadSettings

# Over so many seconds clients spread what a hint makes them fetch: the few bells of one person, and the bells of all.
PERSON_SPREAD_SECONDS = 0.3
EVERYONE_SPREAD_SECONDS = 60


def where(settings: ReadSettings, user_id: str) -> Live | None:
    """Return where the hints of a person arrive, or None in a stack without hints."""
    if settings.live_url is None or settings.live_host is None or settings.live_key is None:
        return None
    own = channel_of(hash_person(settings.live_key.get_secret_value(), user_id))
    channels = [
        LiveChannel(name=own, spread_seconds=PERSON_SPREAD_SECONDS),
        LiveChannel(name=EVERYONE, spread_seconds=EVERYONE_SPREAD_SECONDS),
    ]
    return Live(url=settings.live_url, host=settings.live_host, channels=channels)
