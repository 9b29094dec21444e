//! Tests of the project's template with each telemetry setting.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Function, Template, TemplateError};
use super::{ENDPOINT, SYSTEM, error, read};

/// A layer of one's own. The collector of the default layer cannot read secrets, and has no processors.
const LAYER: (&str, &str) = ("AdotLayerArn", "arn:aws:lambda:eu-west-1:123456789012:layer:own:1");
const BACKEND: (&str, &str) = ("OtlpEndpoint", "https://otlp.example.com");

fn project(parameters: &[(&str, &str)]) -> Result<Template, TemplateError> {
    let path = crate::template_of(&crate::project());
    let parameters: BTreeMap<String, String> =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Template::read(&path, &parameters, ENDPOINT)
}

/// The telemetry variables of the project's functions as `name=value`. They must be the same for all functions.
fn telemetry_variables(parameters: &[(&str, &str)]) -> BTreeSet<String> {
    let of_function = |function: &Function| {
        let variables = function.environment.iter();
        let prefixes = ["OTEL_", "OPENTELEMETRY_", "COLLECTOR_"];
        let told = variables.filter(|(name, _)| prefixes.iter().any(|prefix| name.starts_with(prefix)));
        told.map(|(name, value)| format!("{name}={value}")).collect::<BTreeSet<_>>()
    };
    let functions = project(parameters).unwrap().functions;
    let all: BTreeSet<_> = functions.iter().map(of_function).collect();
    assert_eq!(all.len(), 1, "functions differ: {all:?}");
    all.into_iter().next().unwrap()
}

fn lines<const N: usize>(lines: [&str; N]) -> BTreeSet<String> {
    lines.map(str::to_owned).into()
}

/// Number of functions with X-Ray permissions, and these permissions.
fn xray(parameters: &[(&str, &str)]) -> (usize, BTreeSet<String>) {
    let functions = project(parameters).unwrap().functions;
    let actions = |function: &Function| {
        let actions = function.statements.iter().flat_map(|statement| statement.actions.clone());
        actions.filter(|action| action.starts_with("xray:")).collect::<Vec<_>>()
    };
    let found: Vec<_> = functions.iter().map(actions).filter(|actions| !actions.is_empty()).collect();
    (found.len(), found.into_iter().flatten().collect())
}

#[test]
fn by_default_each_functions_collector_sends_spans_to_x_ray() {
    let expected = [
        "OPENTELEMETRY_COLLECTOR_CONFIG_URI=/opt/awsxray.yaml",
        "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318",
        "OTEL_SDK_DISABLED=false",
        "OTEL_TRACES_SAMPLER_ARG=1",
    ];
    assert_eq!(telemetry_variables(&[]), lines(expected));
    let functions = project(&[]).unwrap().functions.len();
    assert_eq!(xray(&[]), (functions, lines(["xray:PutTraceSegments"])));
}

#[test]
fn the_collector_gets_the_backend_and_its_header() {
    let otlp = [("CollectorConfig", "otlphttp"), BACKEND];
    let expected = [
        "COLLECTOR_OTLP_ENDPOINT=https://otlp.example.com",
        "COLLECTOR_OTLP_HEADERS={}",
        "OPENTELEMETRY_COLLECTOR_CONFIG_URI=/opt/otlphttp.yaml",
        "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318",
        "OTEL_SDK_DISABLED=false",
        "OTEL_TRACES_SAMPLER_ARG=1",
    ];
    assert_eq!(telemetry_variables(&otlp), lines(expected));
    assert_eq!(xray(&otlp).0, 0, "no function needs X-Ray permissions");
}

/// The template gives the collector a reference to the secret, and the permission to read it. Whether the collector of a
/// layer has the provider `secretsmanager` is a matter of the layer.
#[test]
fn the_collector_gets_a_reference_to_the_secret_and_may_read_it() {
    let secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:otlp/key-AbCdEf";
    let name = ("OtlpHeaderName", "authorization");
    let given = [("CollectorConfig", "otlphttp"), BACKEND, LAYER, name, ("OtlpHeaderSecretArn", secret)];
    let headers = format!(r#"COLLECTOR_OTLP_HEADERS={{"authorization": "${{secretsmanager:{secret}}}"}}"#);
    let variables = telemetry_variables(&given);
    assert!(variables.contains(&headers), "{variables:?}");
    for function in project(&given).unwrap().functions {
        let secrets = function.statements.iter().find(|one| one.resources == [secret]);
        assert_eq!(secrets.unwrap().actions, ["secretsmanager:GetSecretValue"], "{}", function.name);
    }
}

#[test]
fn an_external_backend_is_configured_in_the_functions_only() {
    let external = [("Telemetry", "external"), BACKEND, ("TraceSampleRatio", "0.1")];
    let expected = [
        "OTEL_EXPORTER_OTLP_ENDPOINT=https://otlp.example.com",
        "OTEL_SDK_DISABLED=false",
        "OTEL_TRACES_SAMPLER_ARG=0.1",
    ];
    assert_eq!(telemetry_variables(&external), lines(expected));
    assert_eq!(xray(&external).0, 0, "no function needs X-Ray permissions");
}

#[test]
fn telemetry_can_be_disabled() {
    let expected = ["OTEL_EXPORTER_OTLP_ENDPOINT=", "OTEL_SDK_DISABLED=true", "OTEL_TRACES_SAMPLER_ARG=1"];
    assert_eq!(telemetry_variables(&[("Telemetry", "off")]), lines(expected));
    assert_eq!(xray(&[("Telemetry", "off")]).0, 0, "no function needs X-Ray permissions");
}

#[test]
fn the_error_names_the_rule_that_the_parameters_violate() {
    let refused = |parameters: &[(&str, &str)]| project(parameters).unwrap_err().to_string();
    let endpoint = refused(&[("Telemetry", "external")]);
    let expected = "rule ExternalHasAnEndpoint: Telemetry=external requires OtlpEndpoint; \
                    set OtlpEndpoint to the URL of an OTLP backend";
    assert_eq!(endpoint, expected);
    let endpoint = refused(&[("CollectorConfig", "otlphttp")]);
    assert!(endpoint.starts_with("rule OtlpHasAnEndpoint: "), "{endpoint}");
    let key = ("OtlpHeaderSecretArn", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:key");
    for (telemetry, config) in [("external", "otlphttp"), ("off", "otlphttp"), ("adot", "awsxray")] {
        let header = refused(&[("Telemetry", telemetry), ("CollectorConfig", config), BACKEND, LAYER, key]);
        assert!(header.starts_with("rule HeaderHasItsCollector: Only the collector reads "), "{header}");
    }
    let layer = refused(&[("CollectorConfig", "otlphttp"), BACKEND, key]);
    assert!(
        layer.starts_with("rule HeaderHasItsCollector: OtlpHeaderSecretArn requires AdotLayerArn"),
        "{layer}"
    );
    for memory in ["CommandMemory", "QueryMemory", "ProjectionMemory"] {
        let small = refused(&[(memory, "128")]);
        let expected = format!("rule CollectorHasMemory: Telemetry=adot requires {memory} of at least 256");
        assert_eq!(small, expected);
        project(&[(memory, "128"), ("Telemetry", "off")]).unwrap();
    }
    let batched = [("CollectorConfig", "otlphttp-batched"), BACKEND];
    let layer = refused(&batched);
    assert!(layer.starts_with("rule BatchingHasItsLayer: "), "{layer}");
    project(&[batched[0], batched[1], LAYER]).unwrap();
}

#[test]
fn a_key_of_ones_own_and_a_boundary_change_nothing_locally() {
    let key = ("DataKeyArn", "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-0000-0000-000000000000");
    let boundary = ("PermissionsBoundaryArn", "arn:aws:iam::123456789012:policy/developer");
    assert_eq!(project(&[key, boundary]).unwrap(), project(&[]).unwrap());
}

#[test]
fn a_dynamic_reference_is_refused_by_name() {
    let with = |value: &str| SYSTEM.replace("QUEUE: !Ref Failures", &format!("QUEUE: {value}"));
    for (value, service) in [
        ("'{{resolve:secretsmanager:key}}'", "secretsmanager"),
        ("!Join ['', ['{{resolve:ssm-secure:', 'key', '}}']]", "ssm-secure"),
        ("!Join [':', ['{{resolve', 'ssm', 'key}}']]", "ssm"),
    ] {
        let refused = error(&with(value), &[]);
        let expected = format!("the dynamic reference {{{{resolve:{service}}}}} is not supported locally");
        assert!(refused.starts_with("resource Project, ") && refused.ends_with(&expected), "{refused}");
    }
}

#[test]
fn the_error_names_a_malformed_rule() {
    let with = |rule: &str| error(&format!("{SYSTEM}\nRules:\n  Odd: {rule}\n"), &[]);
    assert_eq!(with("{RuleCondition: !Equals [1, 1]}"), "rule Odd: has no Assertions");
    assert_eq!(with("{Assertions: [{AssertDescription: x}]}"), "rule Odd: an assertion has no Assert");
    let unknown = with("{Assertions: [{Assert: {'Fn::EachMemberIn': [[a], [a]]}}]}");
    assert_eq!(unknown, "rule Odd: Fn::EachMemberIn is not a condition function");
    assert_eq!(with("{Assertions: [{Assert: !Equals [1, 2]}]}"), "rule Odd: does not hold");
}

#[test]
fn a_policy_resource_applies_to_the_roles_that_it_names() {
    let with = |roles: &str| {
        let statement = "{Effect: Allow, Action: sqs:SendMessage, Resource: '*'}";
        let document = format!("{{Statement: [{statement}]}}");
        let policy = format!("{{PolicyName: more, PolicyDocument: {document}, {roles}}}");
        format!("{SYSTEM}  More: {{Type: AWS::IAM::Policy, Condition: IsDebug, Properties: {policy}}}\n")
    };
    let attached = with("Roles: [!Ref ProjectRole]");
    let actions = |level| {
        let function = read(&attached, &[("Level", level)]).unwrap().functions.remove(0);
        function.statements.into_iter().flat_map(|statement| statement.actions).collect::<Vec<_>>()
    };
    assert_eq!(actions("INFO"), ["dynamodb:Query", "dynamodb:Scan"]);
    assert_eq!(actions("DEBUG"), ["dynamodb:Query", "dynamodb:Scan", "sqs:SendMessage"]);
    let debug = [("Level", "DEBUG")];
    let elsewhere = error(&with("Roles: [admin]"), &debug);
    assert_eq!(elsewhere, "resource More, property Roles: admin is not a role of this template");
    let users = error(&with("Users: [somebody]"), &debug);
    assert_eq!(users, "resource More, property Users: is not supported locally");
}
