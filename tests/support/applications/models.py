"""The users of the Django application."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class Person(AbstractUser):
    """A user with an id that means nothing and never changes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email_verified = models.BooleanField(default=False)
