"""Checks the issuer and the scopes in settled templates: the same names everywhere, and no client that has too much.

It also proves that the checks can fail: each copy of a template with a planted fault must have one problem.

    identity.py <settled.json>...
"""

import copy
import json
import pathlib
import re
import sys

from functions import of_type

SCOPES = ("ReadScope", "WriteScope", "FulfilScope", "AdminScope")
# A customer's client has the scopes of customers only.
OF_CUSTOMERS = {"ReadScope", "WriteScope"}
# Amazon Cognito user pools API reference, "ResourceServerScopeType": the characters of a scope's name. Cognito renders a
# scope as <identifier>/<name>.
SCOPE_NAME = r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+"
# The same reference, "CreateUserPoolDomain": the prefix of a domain, which must not contain the names of services.
RESERVED = r"aws|amazon|cognito"


def one_of(template, kind):
    return next(iter(of_type(template, kind).values()), None)


def text(template, value):
    """Returns a text, a parameter's value, or a Sub with its parameters replaced by their values."""
    settled = template["Metadata"]["Settled"]
    match value:
        case {"Ref": name} if name in settled:
            return settled[name]
        case {"Fn::Sub": str(pattern)}:
            return re.sub(r"\$\{(\w+)\}", lambda found: settled.get(found[1], found[0]), pattern)
    return value


def names(template):
    """Returns the name of each scope in a token."""
    settled = template["Metadata"]["Settled"]
    prefix = "shop/" if settled["Identity"] == "cognito" else ""
    return {scope: prefix + settled[scope] for scope in SCOPES}


def routes(template):
    for api in of_type(template, "AWS::ApiGatewayV2::Api").values():
        for path, methods in api["Body"]["paths"].items():
            for method, operation in methods.items():
                for entry in operation.get("security", ()):
                    for authorizer, required in entry.items():
                        if authorizer != "NONE":
                            yield f"{method} {path}", [text(template, scope) for scope in required]


def scopes(template):
    """Yields the routes and functions whose scopes are not those of the issuer's tokens."""
    known = names(template)
    for route, required in routes(template):
        if unknown := set(map(str, required)) - set(known.values()):
            yield f"{route} requires {sorted(unknown)}, which no token has"
        if known["AdminScope"] not in required:
            yield f"{route} must admit {known['AdminScope']}"
    variables = {f"{scope.removesuffix('Scope').upper()}_SCOPE": name for scope, name in known.items()}
    for name, function in of_type(template, "AWS::Lambda::Function").items():
        given = {key: text(template, function["Environment"]["Variables"].get(key)) for key in variables}
        if given != variables:
            yield f"{name} must get the scopes {variables}, not {given}"


def issuer(template):
    settled = template["Metadata"]["Settled"]
    api = one_of(template, "AWS::ApiGatewayV2::Api")
    schemes = api["Body"]["components"]["securitySchemes"].values()
    jwt = next(iter(schemes))["x-amazon-apigateway-authorizer"]["jwtConfiguration"]
    clients = [{"Ref": name} for name in of_type(template, "AWS::Cognito::UserPoolClient")]
    if settled["Identity"] == "cognito":
        if jwt["issuer"] != {"Fn::GetAtt": ["UserPool", "ProviderURL"]} or sorted(map(str, jwt["audience"])) != sorted(map(str, clients)):
            yield "the authorizer must admit the tokens of the user pool's clients and no others"
    elif jwt["issuer"] != {"Ref": "JwtIssuer"} or jwt["audience"] != {"Fn::Split": [",", {"Ref": "JwtAudience"}]}:
        yield "the authorizer must admit the tokens of JwtIssuer for JwtAudience"
    if settled["Identity"] != "cognito" and [one for one in template["Resources"].values() if "::Cognito::" in one["Type"]]:
        yield "an issuer of one's own needs no user pool"


def user_pool(template):
    pool = template["Resources"].get("UserPool")
    if pool is None:
        return
    protection = "ACTIVE" if template["Metadata"]["Settled"]["DeletionProtection"] == "true" else "INACTIVE"
    if (pool.get("DeletionPolicy"), pool["Properties"].get("DeletionProtection")) != ("Retain", protection):
        yield "UserPool must be retained and protected as the tables are, because nobody can restore the users"
    if not pool["Properties"].get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly"):
        yield "UserPool must not be open to everybody, because each user gets the scopes of customers"
    server = one_of(template, "AWS::Cognito::UserPoolResourceServer")
    offered = {f"{server['Identifier']}/{text(template, one['ScopeName'])}" for one in server["Scopes"]}
    if offered != set(names(template).values()) or not all(re.fullmatch(f"shop/{SCOPE_NAME}", one) for one in offered):
        yield f"the resource server must offer {sorted(names(template).values())}, not {sorted(offered)}"
    prefix = json.dumps(one_of(template, "AWS::Cognito::UserPoolDomain")["Domain"])
    if re.search(RESERVED, prefix) or "AWS::StackId" not in prefix or "AWS::StackName" in prefix:
        yield "the prefix of the domain must be made of the stack's id, which is in lower case and unique"


def clients(template):
    known = names(template)
    customers = {known[scope] for scope in OF_CUSTOMERS} | {"openid"}
    for name, client in of_type(template, "AWS::Cognito::UserPoolClient").items():
        allowed = {text(template, scope) for scope in client["AllowedOAuthScopes"]}
        flows, has_secret = client["AllowedOAuthFlows"], client["GenerateSecret"]
        if allowed != (set(known.values()) if has_secret else customers):
            yield f"{name} must not have the scopes {sorted(allowed)}"
        if flows != (["client_credentials"] if has_secret else ["code"]):
            yield f"{name} must not use {flows}: a client with a secret takes client_credentials, a public one takes code"
        if client.get("ExplicitAuthFlows") != ["ALLOW_REFRESH_TOKEN_AUTH"]:
            yield f"{name} must not admit sign-in by the API, whose tokens have none of the scopes"
        if template["Resources"][name].get("DependsOn") != "UserPoolScopes":
            yield f"{name} must depend on UserPoolScopes, because Cognito refuses scopes that do not exist yet"


def problems(template):
    for check in (scopes, issuer, user_pool, clients):
        yield from check(template)


def broken(template):
    """Yields copies of a template that each break one rule."""

    def copied(change):
        result = copy.deepcopy(template)
        change(result["Resources"])
        return result

    def security(all):
        return all["HttpApi"]["Properties"]["Body"]["paths"]["/commands/orders"]["post"]["security"][0]["JwtAuthorizer"]

    def jwt(all):
        schemes = all["HttpApi"]["Properties"]["Body"]["components"]["securitySchemes"]
        return schemes["JwtAuthorizer"]["x-amazon-apigateway-authorizer"]["jwtConfiguration"]

    yield copied(lambda all: security(all).__setitem__(0, "orders:other"))
    yield copied(lambda all: security(all).pop())
    yield copied(lambda all: all["GetOrderFunction"]["Properties"]["Environment"]["Variables"].update(ADMIN_SCOPE="x"))
    yield copied(lambda all: jwt(all).update(issuer="https://another.example.com"))
    yield copied(lambda all: jwt(all).update(audience=["another"]))
    if "UserPool" not in template["Resources"]:
        yield copied(lambda all: all.update(Pool={"Type": "AWS::Cognito::UserPoolUser", "Properties": {}}))
        return
    yield copied(lambda all: all["UserPool"].pop("DeletionPolicy"))
    yield copied(lambda all: all["UserPool"]["Properties"].update(DeletionProtection="OTHER"))
    yield copied(lambda all: all["UserPool"]["Properties"].pop("AdminCreateUserConfig"))
    yield copied(lambda all: all["UserPoolScopes"]["Properties"].update(Identifier="other"))
    yield copied(lambda all: all["UserPoolScopes"]["Properties"]["Scopes"].pop())
    yield copied(lambda all: all["UserPoolDomain"]["Properties"].update(Domain={"Fn::Sub": "shop-${AWS::StackName}"}))
    for name in of_type(template, "AWS::Cognito::UserPoolClient"):
        yield copied(lambda all, name=name: all[name]["Properties"]["AllowedOAuthScopes"].append("aws.cognito.signin.user.admin"))
        yield copied(lambda all, name=name: all[name]["Properties"].update(AllowedOAuthFlows=["implicit"]))
        yield copied(lambda all, name=name: all[name]["Properties"].pop("ExplicitAuthFlows"))
        yield copied(lambda all, name=name: all[name].pop("DependsOn"))


def main(paths):
    templates = {path: json.loads(pathlib.Path(path).read_text(encoding="utf-8")) for path in paths}
    wrong = [f"{path}: {problem}" for path, template in templates.items() for problem in problems(template)]
    for path, template in templates.items():
        unseen = [number for number, one in enumerate(broken(template)) if len(list(problems(one))) != 1]
        wrong += [f"{path}: the planted faults {unseen} are not exactly one problem"] if unseen else []
    print("\n".join(wrong) or f"identity: {len(templates)} templates are correct")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
