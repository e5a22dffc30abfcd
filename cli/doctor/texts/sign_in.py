"""The texts about the issuer and a sample token."""

from cli.doctor.kinds import Kind, Level

_NO_ROUTES = "API Gateway then refuses the authorizer, and the deploy fails."

KINDS = (
    Kind(
        "issuer_not_https", Level.PROBLEM,
        "The issuer {issuer} is not an https address.",
        "The template refuses it: over http, the keys that verify tokens can be replaced on the way.",
        "Deploy with `JwtIssuer=https://…`, the claim `iss` of your tokens.",
    ),
    Kind(
        "issuer_private", Level.PROBLEM,
        "The issuer {issuer} has private addresses only.",
        "API Gateway asks it from the internet and cannot reach it. " + _NO_ROUTES,
        "Give the issuer a public address: `curl {issuer}/.well-known/openid-configuration` from another network.",
    ),
    Kind(
        "issuer_unreachable", Level.PROBLEM,
        "The discovery document of {issuer} cannot be read: {error}.",
        _NO_ROUTES,
        "`curl {issuer}/.well-known/openid-configuration` must print JSON. Correct `JwtIssuer` or the issuer.",
    ),
    Kind(
        "issuer_differs", Level.PROBLEM,
        "`JwtIssuer` is {issuer}, but the issuer calls itself {named}.",
        "Its tokens carry its own name, and API Gateway compares letter for letter, the last slash too: all get 401.",
        "Deploy with `JwtIssuer={named}`.",
    ),
    Kind(
        "issuer_without_keys", Level.PROBLEM,
        "The keys of the issuer cannot be read: {error}.",
        "Without keys no token can be verified, and each request gets 401.",
        "`curl` the address `jwks_uri` of the discovery document; it must print JSON with `keys`.",
    ),
    Kind(
        "issuer_without_rsa", Level.PROBLEM,
        "The issuer has no RSA key for signatures, only: {kinds}.",
        "The JWT authorizer of API Gateway verifies RSA only, so each request gets 401.",
        "Add an RSA key (`RS256`) at the issuer, and sign the access tokens with it.",
    ),
    Kind(
        "audience_missing", Level.PROBLEM,
        "`JwtIssuer` is given without `JwtAudience`.",
        "The template refuses this.",
        "Deploy with `JwtAudience=…`: the claim `aud` of your tokens, or their `client_id`.",
    ),
    Kind(
        "token_unreadable", Level.PROBLEM,
        "The sample is no JSON Web Token.",
        "The API accepts only these. Some issuers give out opaque tokens until a client names an audience.",
        "Ask the issuer for an access token with the audience of the API, and give it with `--token-file`.",
    ),
    Kind(
        "token_of_sign_in", Level.PROBLEM,
        "The token is an ID token.",
        "It is for the application alone, and the API refuses it with 401.",
        "Give the access token of the same sign-in with `--token-file`.",
    ),
    Kind(
        "token_not_rsa", Level.PROBLEM,
        "The token is signed with {algorithm}.",
        "The JWT authorizer of API Gateway verifies RSA only, so it gets 401.",
        "Choose `RS256` for access tokens at the issuer.",
    ),
    Kind(
        "token_signature", Level.PROBLEM,
        "No key of the issuer made the signature of the token.",
        "It gets 401. Another issuer made it, or the issuer changed its keys.",
        "Fetch a new token from the issuer that `JwtIssuer` names.",
    ),
    Kind(
        "token_issuer", Level.PROBLEM,
        "The token's `iss` is {named}, and `JwtIssuer` is {issuer}.",
        "API Gateway compares both letter for letter, the last slash too: it gets 401.",
        "Deploy with `JwtIssuer={named}`, or fetch the token from the other issuer.",
    ),
    Kind(
        "token_audience", Level.PROBLEM,
        "The token's audiences are {audiences}, and the API accepts {wanted}.",
        "It gets 401.",
        "Deploy with `JwtAudience={audiences}`, or have the issuer add the audience.",
    ),
    Kind(
        "token_without_expiry", Level.PROBLEM,
        "The token has no `exp`.",
        "API Gateway demands an expiry, so it gets 401.",
        "Let the issuer give its access tokens a lifetime: the claim `exp`.",
    ),
    Kind(
        "token_too_early", Level.PROBLEM,
        "The token becomes valid in {seconds} s only: its `nbf` or `iat` is later than now.",
        "Until then it gets 401. A clock is wrong: that of the issuer, or that of this machine.",
        "`carillon doctor` compares this machine's clock with that of AWS; if they agree, set the clock of the issuer.",
    ),
    Kind(
        "token_expired", Level.WARNING,
        "The token expired {minutes} minutes ago.",
        "It gets 401. The other claims were checked all the same.",
        "Fetch a new token, and run `carillon doctor` again.",
    ),
    Kind(
        "token_without_scope", Level.WARNING,
        "The token has no scope of Carillon.",
        "It may read its own person's notifications. A backend's token needs `carillon/send` to notify people.",
        "For a backend, add the scopes at the issuer: docs/api.md#identity lists them.",
    ),
)  # fmt: skip
