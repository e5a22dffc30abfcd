"""`carillon teardown`, with a stub of AWS."""

from pathlib import Path

from tests.support.team_stack import Aws, carillon, refused


def test_a_teardown_needs_the_name_and_unprotects_the_database(acme: Path, cloud: Aws) -> None:
    refused(carillon("teardown", "staging", "--confirm", "acme-staging"), acme, "There is no stack acme-staging")
    cloud.has(DatabaseInstance="acme-instance")
    cloud.holds("InstanceSubnets", "DBSubnetGroup", "acme-subnets")
    cloud.holds("Instance", "DBInstance", "acme-instance")
    refused(carillon("teardown", "staging", "--confirm", "acme-production"), acme, "Nothing was deleted")
    refused(carillon("teardown", "staging", typed="yes\n"), acme, "Nothing was deleted")
    assert cloud.unprotected == []
    result = carillon("teardown", "staging", typed="acme-staging\n")
    assert result.exit_code == 0, result.output
    assert cloud.unprotected == ["acme-instance"]
    assert cloud.deleted == ["acme-staging"]
    cloud.has(environment="production")
    assert carillon("teardown", "staging", "--confirm", "acme-staging").exit_code == 2
    assert cloud.deleted == ["acme-staging"]


def test_a_teardown_unprotects_a_cluster_and_not_its_members(acme: Path, cloud: Aws) -> None:
    cloud.has()
    cloud.holds("Writer", "DBInstance", "w")
    cloud.holds("Cluster", "DBCluster", "c")
    cloud.holds("Reader", "DBInstance", "r")
    assert carillon("teardown", "staging", "--confirm", "acme-staging").exit_code == 0
    assert (cloud.unprotected, cloud.deleted) == (["c"], ["acme-staging"])


def test_a_teardown_of_a_stack_that_was_never_complete_unprotects_what_there_is(acme: Path, cloud: Aws) -> None:
    cloud.has(status="CREATE_FAILED")
    cloud.holds("Cluster", "DBCluster", "", status="CREATE_FAILED")
    cloud.holds("Instance", "DBInstance", "acme-instance")
    assert carillon("teardown", "staging", "--confirm", "acme-staging").exit_code == 0
    assert cloud.unprotected == ["acme-instance"]


def test_a_teardown_says_first_what_may_stop_it(acme: Path, cloud: Aws) -> None:
    arn = "arn:aws:iam::123456789012:policy/acme-staging-OperatorPolicy-1A2B"
    cloud.has()
    cloud.holds("OperatorPolicy", "AWS::IAM::ManagedPolicy", arn)
    silent = carillon("teardown", "staging", typed="no\n")
    assert "may refuse" not in silent.stderr
    assert cloud.deleted == []

    cloud.holders = {"User": ["alice"], "Role": ["on-call"], "Group": []}
    cloud.stack["RoleARN"] = "arn:aws:iam::123456789012:role/pipeline/stack"  # type: ignore[index]
    result = carillon("teardown", "staging", typed="no\n")
    told = result.stderr.partition("Type its name")[0]
    assert f"IAM may refuse to delete {arn} before you detach it from user alice, role on-call." in told
    assert "role/pipeline/stack" in told
    assert cloud.deleted == []

    administrator = "arn:aws:iam::123456789012:role/administrator"
    cloud.refuses = True
    result = carillon("teardown", "staging", "--confirm", "acme-staging", "--role", administrator)
    assert "Not checked: who has the operator's policy." in result.stderr
    assert "role/pipeline/stack" not in result.stderr
    assert (cloud.deleted, cloud.roles) == (["acme-staging"], [administrator])


def test_a_teardown_that_fails_says_why(acme: Path, cloud: Aws) -> None:
    cloud.has()
    cloud.fails_to_delete = True
    result = carillon("teardown", "staging", "--confirm", "acme-staging")
    assert result.exit_code == 1
    assert "acme-staging was not deleted: a bucket is not empty." in result.stderr
