"""The Cognito pool that template.yaml creates if there is no other issuer of tokens."""

from tests.support.translated_template import Worked


def test_people_cannot_sign_themselves_up() -> None:
    pool = Worked({}).properties("UserPool")
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool["DeletionProtection"] == "ACTIVE"


def test_only_the_backend_may_notify_others() -> None:
    worked = Worked({})
    producer, page = worked.properties("ProducerClient"), worked.properties("AppClient")
    assert (producer["AllowedOAuthFlows"], producer["AllowedOAuthScopes"]) == (
        ["client_credentials"],
        ["carillon/send"],
    )
    assert producer["GenerateSecret"] is True
    assert page["AllowedOAuthFlows"] == ["code"]
    assert "carillon/send" not in page["AllowedOAuthScopes"]
    assert page["CallbackURLs"] == ["https://app.example.com"]
    assert "GenerateSecret" not in page, "a page cannot keep a secret"
    assert worked.outputs()["ProducerScope"] == "carillon/send"


def test_the_api_accepts_the_tokens_of_both_clients_and_no_others() -> None:
    worked = Worked({})
    issuer = "https://cognito-idp.eu-central-1.amazonaws.com/${UserPool}"
    [authorizer] = worked.properties("Api")["Body"]["components"]["securitySchemes"].values()
    jwt = authorizer["x-amazon-apigateway-authorizer"]["jwtConfiguration"]
    assert jwt == {"issuer": issuer, "audience": ["${AppClient}", "${ProducerClient}"]}
    assert worked.outputs()["Issuer"] == issuer
    assert worked.outputs()["Audience"] == "${AppClient},${ProducerClient}"
    assert not Worked({"JwtIssuer": "https://id.example.com", "JwtAudience": "a"}).resources("AWS::Cognito::")
