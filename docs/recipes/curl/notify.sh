#!/bin/sh
# Records the notification on standard input: ./notify.sh KEY < notification.json
# KEY names the occurrence, such as backup-2026-11-24: a repeat with the same key records nothing.
set -eu

# Secrets travel through pipes, because every user of the machine can read the arguments of a process.
token=$(
    printf %s "$CARILLON_CLIENT_SECRET" |
        curl --fail --silent --show-error --max-time 10 --retry 4 --data grant_type=client_credentials \
            --data scope=carillon/send --data-urlencode "client_id=$CARILLON_CLIENT_ID" \
            --data-urlencode client_secret@- "$CARILLON_TOKEN_URL" |
        jq --exit-status --raw-output .access_token
)

# curl repeats 429, 500, 502, 503 and 504, and heeds Retry-After.
curl --config /dev/fd/3 --fail-with-body --silent --show-error --max-time 10 --retry 4 --retry-connrefused \
    --header "Content-Type: application/json" --header "Idempotency-Key: $1" --data-binary @- \
    "$CARILLON_API/notifications" 3<<END
header = "Authorization: Bearer $token"
END
