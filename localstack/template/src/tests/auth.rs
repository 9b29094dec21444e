//! Tests of the authorization of the API's routes.

use super::{ENDPOINT, error, read};
use crate::Authorization;

const API: &str = r"
Parameters:
  Issuer: {Type: String}
  Audience: {Type: CommaDelimitedList}
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Tokens
        Authorizers:
          Tokens:
            IdentitySource: $request.header.Authorization
            AuthorizationScopes: [admin]
            JwtConfiguration: {issuer: !Ref Issuer, audience: !Ref Audience}
  Get:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/get
      Role: !GetAtt Role.Arn
      Events:
        Http:
          Type: HttpApi
          Properties: {Path: /things, Method: GET, Auth: {AuthorizationScopes: [read, admin]}}
  Role: {Type: AWS::IAM::Role, Properties: {Policies: []}}
";

fn authorization_of(text: &str) -> Option<Authorization> {
    read(text, &[]).unwrap().routes.remove(0).authorization
}

fn tokens(scopes: &[&str]) -> Authorization {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    Authorization { authorizer: "Tokens".to_owned(), scopes }
}

#[test]
fn an_authorizer_without_an_issuer_trusts_the_development_issuer() {
    let authorizer = read(API, &[]).unwrap().authorizers.remove(0);
    assert_eq!((authorizer.issuer.as_str(), authorizer.header.as_str()), (ENDPOINT, "Authorization"));
    assert_eq!(authorizer.audiences, ["local"]);
    let given = [("Issuer", "https://login.example"), ("Audience", "shop,office")];
    let authorizer = read(API, &given).unwrap().authorizers.remove(0);
    assert_eq!(authorizer.issuer, "https://login.example");
    assert_eq!(authorizer.audiences, ["shop", "office"]);
}

#[test]
fn a_parameter_default_is_not_replaced() {
    let with_default = API.replace("Issuer: {Type: String}", "Issuer: {Type: String, Default: 'https://i'}");
    assert_eq!(read(&with_default, &[]).unwrap().authorizers[0].issuer, "https://i");
}

#[test]
fn a_list_of_audiences_may_contain_a_parameter() {
    let listed =
        API.replace("CommaDelimitedList", "String").replace("!Ref Audience", "[!Ref Audience, more]");
    assert_eq!(read(&listed, &[]).unwrap().authorizers[0].audiences, ["local", "more"]);
}

#[test]
fn a_route_requires_its_own_scopes_or_its_authorizers() {
    assert_eq!(authorization_of(API), Some(tokens(&["read", "admin"])));
    let silent = API.replace(", Auth: {AuthorizationScopes: [read, admin]}", "");
    assert_eq!(authorization_of(&silent), Some(tokens(&["admin"])));
    let none_at_all = API.replace("[read, admin]", "[]").replace("AuthorizationScopes: [admin]", "");
    assert_eq!(authorization_of(&none_at_all), Some(tokens(&[])));
}

#[test]
fn a_route_is_open_only_if_the_template_opens_it() {
    assert_eq!(
        authorization_of(&API.replace("{AuthorizationScopes: [read, admin]}", "{Authorizer: NONE}")),
        None
    );
    let without_default = API
        .replace("DefaultAuthorizer: Tokens", "")
        .replace("{AuthorizationScopes: [read", "{Authorizer: Tokens, AuthorizationScopes: [read");
    assert_eq!(authorization_of(&without_default), Some(tokens(&["read", "admin"])));
    let open = API
        .replace("DefaultAuthorizer: Tokens", "")
        .replace(", Auth: {AuthorizationScopes: [read, admin]}", "");
    assert_eq!(authorization_of(&open), None);
}

#[test]
fn unsupported_authorization_settings_are_errors() {
    let lambda = "FunctionArn: !GetAtt Get.Arn\n            JwtConfiguration";
    let second = "Api2: {Type: AWS::Serverless::HttpApi}\n  Get:";
    let cases = [
        (
            "JwtConfiguration",
            lambda,
            "property Auth.Authorizers.Tokens.FunctionArn: is not supported locally",
        ),
        (
            "DefaultAuthorizer: Tokens",
            "EnableIamAuthorizer: true",
            "Auth.EnableIamAuthorizer: is not supported",
        ),
        ("DefaultAuthorizer: Tokens", "DefaultAuthorizer: AWS_IAM", "AWS_IAM is not one of Authorizers"),
        ("{AuthorizationScopes", "{Authorizer: Other, AuthorizationScopes", "Other is not an authorizer of"),
        ("{AuthorizationScopes", "{InvokeRole: x, AuthorizationScopes", "Auth.InvokeRole: is not supported"),
        (
            "$request.header.Authorization",
            "$request.querystring.token",
            "IdentitySource: $request.querystring",
        ),
        ("!Ref Issuer", "!Sub ''", "JwtConfiguration.issuer: is missing"),
        ("!Ref Audience", "['']", "JwtConfiguration.audience: is missing"),
        (
            "Resources:",
            "Globals: {HttpApi: {Auth: {}}}\nResources:",
            "resource Globals, property HttpApi: is not",
        ),
        ("Get:\n", second, "Api2 is a second API; only one is supported locally"),
        (
            "      Auth:\n        D",
            "      CorsConfiguration: true\n      Auth:\n        D",
            "CorsConfiguration: is not",
        ),
    ];
    for (from, to, expected) in cases {
        assert!(API.contains(from), "{from}");
        let to = if from == "Get:\n" { format!("{to}\n") } else { to.to_owned() };
        let line = error(&API.replacen(from, &to, 1), &[("Issuer", "https://i"), ("Audience", "shop")]);
        assert!(line.contains(expected), "{line}");
    }
}

const CHOICE: &str = "!If [HasPool, !GetAtt Pool.ProviderURL, !Ref Issuer]";

/// An API that trusts a user pool, or else the issuer in its parameters, whose defaults are empty.
fn with_user_pool() -> String {
    API.replace("!Ref Issuer", CHOICE)
        .replace("!Ref Audience", "!If [HasPool, [!Ref Client], !Split [',', !Ref Audience]]")
        .replace(
            "Issuer: {Type: String}",
            "Issuer: {Type: String, Default: ''}\n  Pool: {Type: String, Default: 'no'}",
        )
        .replace("Audience: {Type: CommaDelimitedList}", "Audience: {Type: String, Default: ''}")
        .replace("Resources:", "Conditions: {HasPool: !Equals [!Ref Pool, 'yes']}\nResources:")
        .replace("Pool.Provider", "Users.Provider")
        + "  Users: {Type: AWS::Cognito::UserPool, Condition: HasPool}\n"
        + "  Client: {Type: AWS::Cognito::UserPoolClient, Condition: HasPool}\n"
}

#[test]
fn the_development_issuer_stands_for_a_user_pool() {
    let with_user_pool = with_user_pool();
    let authorizer = |given: &[(&str, &str)]| read(&with_user_pool, given).unwrap().authorizers.remove(0);
    let pool = authorizer(&[("Pool", "yes")]);
    assert_eq!((pool.issuer.as_str(), pool.audiences.as_slice()), (ENDPOINT, &["Client".to_owned()][..]));
    let empty = authorizer(&[]);
    assert_eq!((empty.issuer.as_str(), empty.audiences.as_slice()), (ENDPOINT, &["local".to_owned()][..]));
    let given = authorizer(&[("Issuer", "https://login.example"), ("Audience", "shop,office")]);
    assert_eq!((given.issuer.as_str(), given.audiences.len()), ("https://login.example", 2));
}

/// A parameter of an issuer that is not chosen keeps its empty default, on which the rules of a template depend.
#[test]
fn an_issuer_that_is_not_chosen_gets_no_local_value() {
    let ruled = with_user_pool().replace(
        "Conditions:",
        "Rules: {R: {RuleCondition: !Equals [!Ref Pool, 'yes'], Assertions: [{Assert: !Equals [!Ref Issuer, '']}]}}\nConditions:",
    );
    assert!(read(&ruled, &[("Pool", "yes")]).is_ok());
    assert!(error(&ruled, &[("Pool", "yes"), ("Issuer", "https://i")]).starts_with("rule R: "));
}
