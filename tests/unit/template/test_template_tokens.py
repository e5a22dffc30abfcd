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
        ["carillon/send", "carillon/recipients", "carillon/erase", "carillon/export"],
    )
    scopes = worked.properties("ResourceServer")["Scopes"]
    assert [f"carillon/{scope['ScopeName']}" for scope in scopes] == producer["AllowedOAuthScopes"]
    assert producer["GenerateSecret"] is True
    assert page["AllowedOAuthFlows"] == ["code"]
    assert not [scope for scope in page["AllowedOAuthScopes"] if scope.startswith("carillon/")]
    assert page["CallbackURLs"] == page["LogoutURLs"] == ["https://app.example.com"]
    assert "GenerateSecret" not in page, "a page cannot keep a secret"
    assert worked.outputs()["ProducerScope"] == "carillon/send"


def test_the_pool_follows_the_advice_of_aws() -> None:
    worked = Worked({})
    pool = worked.properties("UserPool")
    policy = pool["Policies"]["PasswordPolicy"]
    assert policy["MinimumLength"] >= 12
    assert all(policy[f"Require{kind}"] for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols"))
    assert policy["TemporaryPasswordValidityDays"] <= 7
    assert pool["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("OPTIONAL", ["SOFTWARE_TOKEN_MFA"])
    assert [each["Name"] for each in pool["AccountRecoverySetting"]["RecoveryMechanisms"]] == ["verified_email"]
    for client in worked.resources("AWS::Cognito::UserPoolClient").values():
        assert client["Properties"]["PreventUserExistenceErrors"] == "ENABLED"
        assert client["Properties"]["EnableTokenRevocation"] is True


def test_routes_without_a_token_have_throttles_of_their_own() -> None:
    """Callers without a name cannot use up the rate of those who have one."""
    worked = Worked({})
    api = worked.properties("Api")
    stage = next(iter(worked.resources("AWS::ApiGatewayV2::Stage").values()))["Properties"]
    open_routes = {
        f"{method.upper()} {path}"
        for path, operations in api["Body"]["paths"].items()
        for method, operation in operations.items()
        if isinstance(operation, dict) and "Jwt" not in str(operation.get("security"))
    }
    assert len(open_routes) == 7
    assert set(stage["RouteSettings"]) == open_routes
    for limits in stage["RouteSettings"].values():
        assert 0 < limits["ThrottlingRateLimit"] <= 5
        assert limits["ThrottlingRateLimit"] <= limits["ThrottlingBurstLimit"] <= 10


def test_only_ses_and_sns_publish_to_the_event_topic() -> None:
    worked = Worked({"EmailFrom": "hello@example.com"})
    statements = {each["Sid"]: each for each in worked.properties("EventTopicPolicy")["PolicyDocument"]["Statement"]}
    email = statements["EmailEvents"]
    assert email["Principal"] == {"Service": "ses.amazonaws.com"}
    assert email["Condition"] == {
        "StringEquals": {"AWS:SourceAccount": "123456789012"},
        "ArnEquals": {"AWS:SourceArn": "arn:aws:ses:eu-central-1:123456789012:configuration-set/carillon"},
    }
    denied = statements["OnlySesAndSns"]
    assert (denied["Effect"], denied["Action"], denied["Principal"]) == ("Deny", "sns:Publish", {"AWS": "*"})
    # A service that publishes has no such ARN, so the statement is only about people and their programs.
    assert denied["Condition"] == {"ArnLike": {"AWS:PrincipalArn": ["arn:aws:iam::*:role/*", "arn:aws:iam::*:user/*"]}}


def test_the_api_accepts_the_tokens_of_both_clients_and_no_others() -> None:
    worked = Worked({})
    issuer = "https://cognito-idp.eu-central-1.amazonaws.com/${UserPool}"
    [authorizer] = worked.properties("Api")["Body"]["components"]["securitySchemes"].values()
    jwt = authorizer["x-amazon-apigateway-authorizer"]["jwtConfiguration"]
    assert jwt == {"issuer": issuer, "audience": ["${AppClient}", "${ProducerClient}"]}
    assert worked.outputs()["Issuer"] == issuer
    assert worked.outputs()["Audience"] == "${AppClient},${ProducerClient}"
    assert not Worked({"JwtIssuer": "https://id.example.com", "JwtAudience": "a"}).resources("AWS::Cognito::")
