"""Whose fault the failure of a push is: the device's, or that of this stack's credentials.

SNS names the cause in `FailureType`, and often repeats the platform's own word in `FailureMessage`. SNS lists its words
nowhere, so an unknown word has no consequence.

- The device is gone: Apple or Google say that the token is not in use any more, or SNS has disabled or deleted the
  endpoint. Only this disables a device.
- The stack's credentials: a key, a certificate or a topic that Apple or Google refuse, or an application that SNS has
  disabled. All devices get the same answer, so none is disabled, and push is paused.
- Both are possible: `BadDeviceToken` and `DeviceTokenNotForTopic` come for a foreign token, and for every device if the
  application is for the other environment of Apple. A mismatch of senders comes for a foreign token of FCM, and for
  every device if the key is for another project. One person can register a foreign token. So these neither disable a
  device nor pause push. If SNS disables the endpoint, the next push finds that.

Sources: "Handling notification responses from APNs" (Apple), "ErrorCode" of the FCM v1 API (Google), "Application event
notifications" (SNS developer guide).
"""

import re

from carillon.models.provider_event import PushFailure

# Compared in lower case without anything else than letters: ExpiredProviderToken, EXPIRED_PROVIDER_TOKEN.
_CREDENTIALS = {
    "expiredprovidertoken": "expired_provider_token",
    "invalidprovidertoken": "invalid_provider_token",
    "missingprovidertoken": "missing_provider_token",
    "badcertificateenvironment": "bad_certificate_environment",
    "badcertificate": "bad_certificate",
    "topicdisallowed": "topic_disallowed",
    "missingtopic": "missing_topic",
    "badtopic": "bad_topic",
    "thirdpartyautherror": "third_party_auth_error",
    "invalidcredentials": "invalid_credentials",
    "invalidplatformcredential": "invalid_credentials",
    "credentialsarenotvalid": "invalid_credentials",
    "invalidapnscredentials": "invalid_credentials",
    "authenticationerror": "authentication_error",
    "platformapplicationdisabled": "platform_application_disabled",
    "applicationdisabled": "platform_application_disabled",
    "applicationisdisabled": "platform_application_disabled",
}
_AMBIGUOUS = ("baddevicetoken", "devicetokennotfortopic", "senderidmismatch", "mismatchsenderid")
_GONE = {
    "endpointdisabled", "endpointnotfound", "endpointdeleted", "invalidplatformtoken", "unregistered", "notregistered",
    "devicetokennolongeractive", "expiredtoken",
}  # fmt: skip


def fault_of(failure: PushFailure) -> str | None:
    """Return the code of a fault of this stack's credentials, or None."""
    words = _letters(f"{failure.failure_type} {failure.failure_message}")
    return next((code for word, code in _CREDENTIALS.items() if word in words), None)


def is_gone(failure: PushFailure) -> bool:
    """Return True if the device itself is certainly gone."""
    kind, message = _letters(failure.failure_type), _letters(failure.failure_message)
    if fault_of(failure) or any(word in kind + message for word in _AMBIGUOUS):
        return False
    return kind in _GONE or message in _GONE


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())
