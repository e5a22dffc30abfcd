"""Create the routes of the HTTP API, because the emulator's CloudFormation ignores an API's OpenAPI body.

AWS imports the body of the processed template. Here `open_gateway` reads the body, and creates its routes,
integrations, authorizers and CORS settings one by one through the API of API Gateway.
"""

import json
import re
from typing import Any

from devstack.aws.emulator import Emulator
from devstack.aws.intrinsics import Resolver
from devstack.machine.options import STACK_NAME

METHODS = ("get", "head", "put", "post", "delete", "patch")
FUNCTION = re.compile(r"\$\{(\w+)(?:\.Arn)?\}")  # or its alias


def open_gateway(emulator: Emulator, stack_name: str = STACK_NAME) -> str:
    """Create the routes of a deployed stack's HTTP API, or let them lead where the body says. Return the API's id."""
    formation, gateway = emulator.client("cloudformation"), emulator.client("apigatewayv2")
    template: Any = formation.get_template(StackName=stack_name, TemplateStage="Processed")["TemplateBody"]
    template = json.loads(template) if isinstance(template, str) else template
    stack = formation.describe_stacks(StackName=stack_name)["Stacks"][0]
    resources = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in formation.describe_stack_resources(StackName=stack_name)["StackResources"]
    }
    values = {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack["Parameters"]}
    resolver = Resolver(template, values)

    api_id: str = resources["Api"]
    body = template["Resources"]["Api"]["Properties"]["Body"]
    if routes := gateway.get_routes(ApiId=api_id)["Items"]:
        for integration, (method, path) in {route["Target"]: route["RouteKey"].split() for route in routes}.items():
            if operation := body["paths"].get(path, {}).get(method.lower()):
                gateway.update_integration(
                    ApiId=api_id,
                    IntegrationId=integration.partition("/")[2],
                    IntegrationUri=resources[_function(operation)],
                )
        return api_id
    authorizers = {
        name: gateway.create_authorizer(ApiId=api_id, Name=name, AuthorizerType="JWT", **_jwt(scheme, resolver))[
            "AuthorizerId"
        ]
        for name, scheme in body["components"]["securitySchemes"].items()
    }
    integrations: dict[str, str] = {}
    for path, operations in body["paths"].items():
        for method in METHODS:
            if method not in operations:
                continue
            operation = operations[method]
            function = resources[_function(operation)]
            if function not in integrations:
                integrations[function] = gateway.create_integration(
                    ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
                )["IntegrationId"]
            protection: dict[str, Any] = {"AuthorizationType": "NONE"}
            for security in operation.get("security", []):
                [(authorizer, scopes)] = security.items()
                protection = {"AuthorizationType": "JWT", "AuthorizerId": authorizers[authorizer],
                              "AuthorizationScopes": scopes}  # fmt: skip
            gateway.create_route(
                ApiId=api_id,
                RouteKey=f"{method.upper()} {path}",
                Target=f"integrations/{integrations[function]}",
                **protection,
            )
    if values["AllowedOrigins"]:
        cors = resolver.resolve(body["x-amazon-apigateway-cors"])
        # The emulator's transform put the parameter's default here, not its value.
        cors["allowOrigins"] = values["AllowedOrigins"].split(",")
        gateway.update_api(
            ApiId=api_id, CorsConfiguration={name[0].upper() + name[1:]: value for name, value in cors.items()}
        )
    return api_id


def _function(operation: dict[str, Any]) -> str:
    """Return the logical id of the function, or of the alias, that answers."""
    return FUNCTION.findall(operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"])[0]


def _jwt(scheme: dict[str, Any], resolver: Resolver) -> dict[str, Any]:
    authorizer = resolver.resolve(scheme["x-amazon-apigateway-authorizer"])
    jwt = authorizer["jwtConfiguration"]
    return {
        "IdentitySource": [authorizer["identitySource"]],
        "JwtConfiguration": {"Issuer": jwt["issuer"], "Audience": jwt["audience"]},
    }
