"""A Django application with the recipe. The argument is its port, and it ends with its standard input.

It signs in every person without a password, so it is only for tests.
"""

import json
import os
import secrets
import sys
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer, make_server

import django
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt


class Server(ThreadingMixIn, WSGIServer):
    """A server that answers several requests at once: Carillon fetches the keys during a call with a token."""

    daemon_threads = True


@csrf_exempt
@login_not_required
def sign_in(request: HttpRequest) -> JsonResponse:
    """Start a session for a person."""
    from tests.support.applications.models import Person  # Django must be set up first

    fields = json.loads(request.body)
    person, _ = Person.objects.update_or_create(
        username=fields["name"],
        defaults={"email": fields.get("email", ""), "email_verified": fields.get("verified", False)},
    )
    login(request, person)
    return JsonResponse({})


@csrf_exempt
@login_not_required
def fire(request: HttpRequest) -> JsonResponse:
    """Notify a person with the recipe's `notify`."""
    from notification_tokens import notify

    return JsonResponse(notify(**json.loads(request.body)))


@csrf_exempt
@login_not_required
def work(request: HttpRequest) -> JsonResponse:
    """Notify after a transaction. If the body says so, the transaction is rolled back."""
    from sending import notify_after_commit

    fields = json.loads(request.body)
    with transaction.atomic():
        notify_after_commit(fields["user_id"], event_name="a.b", title="T", resource_id=fields["resource_id"])
        transaction.set_rollback(fields["fails"])
    return JsonResponse({})


def main(port: int) -> None:
    """Serve until the standard input ends."""
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        AUTH_USER_MODEL="applications.Person",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "file:people?mode=memory&cache=shared"}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "tests.support.applications"],
        LOGGING={
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"console": {"class": "logging.StreamHandler"}},
            "loggers": {"django.db": {"handlers": ["console"], "level": "ERROR"}},
        },
        MIGRATION_MODULES={"auth": None, "contenttypes": None},
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.auth.middleware.LoginRequiredMiddleware",
        ],
        ROOT_URLCONF=__name__,
        SECRET_KEY=secrets.token_hex(),
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    server = make_server("127.0.0.1", port, get_wsgi_application(), Server)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    print("listening", flush=True)
    server.serve_forever()


urlpatterns = [
    path("", include("notification_tokens")),
    path("sign-in", sign_in),
    path("fire", fire),
    path("work", work),
]

if __name__ == "__main__":
    main(int(sys.argv[1]))
