"""Live hints in template.yaml: the queue, the Event API, and whose tokens the authorizer accepts."""

import json

import live_authorizer
from carillon.aws.hints import AHEAD_SECONDS
from carillon.deliveries.maintenance import SCHEDULE_OVERLAP_SECONDS
from carillon.live.names import NAMESPACE
from carillon.live.worker import RETRY_CAP_SECONDS
from carillon.settings import ReaperSettings
from tests.support.template import WITHOUT_DATABASE, defaults_of, properties, timeout, variables
from tests.support.translated_template import PROFILES, Worked


def test_a_hint_is_short_lived_and_its_function_sees_neither_the_database_nor_the_network_of_the_others() -> None:
    queue, source = properties("Hints"), properties("HintSource")
    assert queue["SqsManagedSseEnabled"] is True
    assert "RedrivePolicy" not in queue, "a dropped hint is no lost mail, and nobody must be called for it"
    assert queue["VisibilityTimeout"] >= 6 * timeout("LiveHints")
    assert RETRY_CAP_SECONDS < queue["MessageRetentionPeriod"] <= 300
    assert queue["MessageRetentionPeriod"] > 2 * AHEAD_SECONDS, "a delayed hint must be left time to leave"
    reaper = ReaperSettings.load(defaults_of("Reaper"))
    assert reaper.reaper_interval_seconds + SCHEDULE_OVERLAP_SECONDS <= AHEAD_SECONDS, "no moment is between the two"
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert (source["BatchSize"], source.get("MaximumBatchingWindowInSeconds", 0)) == (10, 0), "a window delays hints"
    for name in WITHOUT_DATABASE:
        assert properties(name)["VpcConfig"] == {"Ref": "AWS::NoValue"}


def test_people_only_listen_and_only_the_function_publishes() -> None:
    config, namespace = properties("EventApi")["EventConfig"], properties("HintsNamespace")
    assert config["ConnectionAuthModes"] == config["DefaultSubscribeAuthModes"] == [{"AuthType": "AWS_LAMBDA"}]
    assert namespace["SubscribeAuthModes"] == [{"AuthType": "AWS_LAMBDA"}]
    assert namespace["PublishAuthModes"] == config["DefaultPublishAuthModes"] == [{"AuthType": "AWS_IAM"}]
    assert namespace["Name"] == NAMESPACE
    [_, by_function] = config["AuthProviders"]
    assert by_function["LambdaAuthorizerConfig"]["AuthorizerResultTtlInSeconds"] == live_authorizer.KEPT_SECONDS == 0
    permission = properties("LiveAuthorizerByAppSync")
    assert permission["SourceArn"] == {"Fn::GetAtt": ["EventApi", "ApiArn"]}


def test_the_authorizer_of_hints_accepts_the_tokens_that_the_api_accepts() -> None:
    jwt = properties("Api")["Auth"]["Authorizers"]["Jwt"]["JwtConfiguration"]
    given = variables("LiveAuthorizer")
    assert given["JWT_ISSUER"] == jwt["issuer"]
    [condition, clients, own] = jwt["audience"]["Fn::If"]
    assert own == {"Fn::Split": [",", {"Ref": "JwtAudience"}]}
    assert given["JWT_AUDIENCE"] == {"Fn::If": [condition, {"Fn::Join": [",", clients]}, {"Ref": "JwtAudience"}]}


def test_without_live_nothing_of_it_is_deployed() -> None:
    on, off = Worked(PROFILES["production"]), Worked(PROFILES["production"] | {"Live": "off"})
    with_live, without = on.resources(), off.resources()
    assert with_live.keys() - without.keys() == {
        "Hints", "HintSource", "HintsNamespace", "LiveKey", "EventApi", "SendHints", "LateHintsAlarm",
        "HintErrorsAlarm", "LiveHints", "LiveHintsRole", "LiveAuthorizer", "LiveAuthorizerRole",
        "LiveAuthorizerByAppSync",
    }  # fmt: skip
    assert on.outputs().keys() - off.outputs().keys() == {"HintsQueueUrl"}
    for function in ("Create", "Read", "Recipients", "Reaper"):
        given = without[function]["Properties"]["Environment"]["Variables"]
        live = {name: given.pop(name) for name in list(given) if "LIVE" in name or "HINT" in name}
        assert live
        assert not any(live.values()), function
    rest = json.dumps({name: each.get("Properties") for name, each in without.items()})
    for word in ("appsync", "Hint", "hints", "LiveKey", "live_authorizer"):
        assert word not in rest, f"{word} is in a resource of a stack without live hints"


def test_live_is_off_unless_it_is_chosen() -> None:
    assert Worked({}).resources().keys() == Worked({"Live": "off"}).resources().keys()
