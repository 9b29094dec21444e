//! Tests of the API's CORS configuration, and of the constraints of the project's own parameters.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{ENDPOINT, Template, TemplateError, error, read};
use crate::Cors;

const API: &str = "
Parameters:
  Origins: {Type: String, Default: 'https://a.example,https://b.example'}
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      CorsConfiguration:
        AllowOrigins: !Split [',', !Ref Origins]
        AllowMethods: [GET, HEAD]
        AllowHeaders: [authorization]
        ExposeHeaders: [etag]
        MaxAge: 600
";

fn project(parameters: &[(&str, &str)]) -> Result<Template, TemplateError> {
    let path = crate::template_of(&crate::project());
    let parameters: BTreeMap<String, String> =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Template::read(&path, &parameters, ENDPOINT)
}

#[test]
fn a_configuration_has_its_origins_methods_and_headers() {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let expected = Cors {
        origins: texts(&["https://a.example", "https://b.example"]),
        methods: texts(&["GET", "HEAD"]),
        headers: texts(&["authorization"]),
        exposed_headers: texts(&["etag"]),
        allows_credentials: false,
        max_age: Some(Duration::from_mins(10)),
    };
    assert_eq!(read(API, &[]).unwrap().cors, Some(expected));
}

#[test]
fn an_api_without_a_configuration_has_none() {
    let without = "Resources: {Api: {Type: AWS::Serverless::HttpApi}}";
    assert_eq!(read(without, &[]).unwrap().cors, None);
}

#[test]
fn an_invalid_configuration_is_refused() {
    let origins = "AllowOrigins: !Split [',', !Ref Origins]";
    for (from, to, message) in [
        ("MaxAge: 600", "MaxAge: 86401", "CorsConfiguration.MaxAge: 86401 is not a whole number"),
        ("MaxAge", "MaxAges", "CorsConfiguration.MaxAges: is not supported locally"),
        (origins, "AllowOrigins: ['https://a.example/shop']", "is not an origin"),
        (origins, "AllowOrigins: [a.example]", "is not an origin"),
        (
            origins,
            "AllowOrigins: ['*']\n        AllowCredentials: true",
            "AllowCredentials: needs origins other than *",
        ),
    ] {
        let refused = error(&API.replace(from, to), &[]);
        assert!(refused.contains(message), "{refused}");
    }
}

#[test]
fn the_project_admits_the_origins_of_its_parameter() {
    let none = project(&[]).unwrap().cors.unwrap();
    assert_eq!(none.origins, ["https://none.invalid"]);
    let two = "https://shop.example.com,http://localhost:8080";
    let admitted = project(&[("CorsAllowedOrigins", two)]).unwrap().cors.unwrap();
    assert_eq!(admitted.origins, ["https://shop.example.com", "http://localhost:8080"]);
    for header in
        ["etag", "location", "idempotent-replayed", "retry-after", "x-correlation-id", "traceparent"]
    {
        assert!(admitted.exposed_headers.iter().any(|exposed| exposed == header), "{header}");
    }
}

#[test]
fn the_projects_parameters_are_checked_as_in_a_deployment() {
    for (name, wrong) in [
        ("JwtIssuer", "http://issuer.example"),
        ("JwtAudience", "a b"),
        ("CorsAllowedOrigins", "https://shop.example.com/"),
        ("CorsAllowedOrigins", "https://a.example, https://b.example"),
        ("CorsAllowedOrigins", "shop.example.com"),
        ("AlarmTopicArn", "arn:aws:sns:eu-west-1:1:topic"),
        ("AlarmEmail", "nobody"),
        ("OtlpEndpoint", "collector.example"),
    ] {
        let refused = project(&[(name, wrong)]).unwrap_err().to_string();
        let start = format!("Parameter {name} failed to satisfy constraint: ");
        assert!(refused.starts_with(&start) && !refused.contains('\n'), "{refused}");
    }
    for (name, wrong) in [
        ("StreamMode", "FAST"),
        ("QueryMemory", "64"),
        ("ThrottleRate", "0"),
        ("LogRetentionDays", "31"),
        ("TraceSampleRatio", "all"),
    ] {
        let refused = project(&[(name, wrong)]).unwrap_err().to_string();
        assert!(refused.starts_with(&format!("Parameter '{name}' must be ")), "{refused}");
    }
    assert!(project(&[("JwtIssuer", "https://issuer.example"), ("JwtAudience", "shop,app")]).is_ok());
}
