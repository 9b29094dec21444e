//! Tests of templates: the resulting model, or the error message.

mod auth;
mod cors;
mod domains;
mod filters;
mod patterns;
mod rules;
mod sources;
mod strict;
mod targets;
mod telemetry;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::expressions::{creates, resolve};
use super::{
    Effect, ExpressionError, HttpRoute, Projection, StartingPosition, Template, TemplateError, TimePrecision,
    checked_scope, resources_of_type, yaml,
};

const ENDPOINT: &str = "http://127.0.0.1:4566";

const SYSTEM: &str = r"
Parameters:
  Batch: {Type: Number, Default: 10, MinValue: 1, MaxValue: 100}
  Level: {Type: String, Default: INFO, AllowedValues: [INFO, DEBUG]}
Conditions:
  IsDebug: !Equals [!Ref Level, DEBUG]
Globals:
  Function:
    Timeout: 7
    Environment: {Variables: {LEVEL: !Ref Level}}
Resources:
  Events:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions:
        - {AttributeName: pk, AttributeType: S}
        - {AttributeName: sk, AttributeType: N}
        - {AttributeName: owner, AttributeType: S}
      KeySchema: [{AttributeName: pk, KeyType: HASH}, {AttributeName: sk, KeyType: RANGE}]
      GlobalSecondaryIndexes:
        - IndexName: by_owner
          KeySchema: [{AttributeName: owner, KeyType: HASH}]
          Projection: {ProjectionType: INCLUDE, NonKeyAttributes: [total]}
      TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
      KinesisStreamSpecification:
        StreamArn: !GetAtt Changes.Arn
        ApproximateCreationDateTimePrecision: MICROSECOND
  Changes: {Type: AWS::Kinesis::Stream, Properties: {Name: changes}}
  Failures: {Type: AWS::SQS::Queue}
  Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {Namespace: !ImportValue elsewhere}}
  Project:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/project/
      MemorySize: !If [IsDebug, 1024, !Ref AWS::NoValue]
      Environment:
        Variables:
          TABLE: !Ref Events
          QUEUE: !Ref Failures
          PLACE: !Sub '${AWS::Region}/${Events.Arn}/${!literal}'
      Role: !GetAtt ProjectRole.Arn
      Events:
        Commits:
          Type: Kinesis
          Properties:
            Stream: !GetAtt Changes.Arn
            StartingPosition: TRIM_HORIZON
            BatchSize: !Ref Batch
            MaximumRetryAttempts: 3
            FunctionResponseTypes: [ReportBatchItemFailures]
            DestinationConfig: {OnFailure: {Destination: !GetAtt Failures.Arn}}
        Http:
          Type: HttpApi
          Properties: {Path: '/things/{id}', Method: get}
  ProjectRole:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: project
          PolicyDocument:
            Statement:
              - {Effect: Allow, Action: dynamodb:Query, Resource: !Sub '${Events.Arn}/index/*'}
              - {Effect: Deny, Action: ['dynamodb:Scan'], Resource: '*'}
";

fn read(text: &str, parameters: &[(&str, &str)]) -> Result<Template, TemplateError> {
    let parameters: BTreeMap<String, String> =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Template::from_document(&yaml::parse(text).unwrap(), &parameters, ENDPOINT)
}

fn error(text: &str, parameters: &[(&str, &str)]) -> String {
    read(text, parameters).unwrap_err().to_string()
}

#[test]
fn a_table_has_its_keys_index_ttl_and_change_stream() {
    let table = read(SYSTEM, &[]).unwrap().tables.remove(0);
    assert_eq!((table.name.as_str(), table.key.range.as_deref()), ("Events", Some("sk")));
    assert_eq!(table.indexes[0].projection, Projection::Include(vec!["total".to_owned()]));
    assert_eq!(table.ttl_attribute.as_deref(), Some("expires"));
    let change = table.change_stream.unwrap();
    assert_eq!((change.stream.as_str(), change.precision), ("changes", TimePrecision::Microsecond));
}

#[test]
fn a_function_inherits_globals_and_has_evaluated_values() {
    let function = read(SYSTEM, &[]).unwrap().functions.remove(0);
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/Events";
    let variable = |name: &str| function.environment[name].as_str();
    assert_eq!((function.binary.as_str(), function.timeout), ("project", Duration::from_secs(7)));
    assert_eq!((variable("LEVEL"), variable("TABLE")), ("INFO", "Events"));
    assert_eq!(variable("QUEUE"), "http://127.0.0.1:4566/000000000000/Failures");
    assert_eq!(variable("PLACE"), format!("us-east-1/{arn}/${{literal}}"));
    assert_eq!(function.statements[0].resources, [format!("{arn}/index/*")]);
    assert_eq!(function.statements[1].effect, Effect::Deny);
}

#[test]
fn parameters_work_in_conditions_and_number_properties() {
    let template = read(SYSTEM, &[("Level", "DEBUG"), ("Batch", "25")]).unwrap();
    assert_eq!(template.functions[0].memory_mb, 1024);
    assert_eq!(read(SYSTEM, &[]).unwrap().functions[0].memory_mb, 128);
    assert_eq!(template.mappings[0].batch_size, 25);
}

#[test]
fn events_become_routes_and_mappings() {
    let template = read(SYSTEM, &[]).unwrap();
    let route = &template.routes[0];
    assert_eq!((route.method.as_str(), route.path.as_str()), ("GET", "/things/{id}"));
    let mapping = &template.mappings[0];
    assert_eq!((mapping.source.name(), mapping.function.as_str()), ("changes", "Project"));
    assert_eq!(
        (mapping.maximum_retries, mapping.starting_position),
        (Some(3), StartingPosition::TrimHorizon)
    );
    assert!(mapping.reports_batch_item_failures && !mapping.bisect_on_error);
    assert_eq!(mapping.on_failure_queue.as_deref(), Some("Failures"));
}

#[test]
fn the_properties_of_skipped_resources_are_evaluated_with_the_local_names() {
    let text = SYSTEM.replace(
        "Namespace: !ImportValue elsewhere",
        "Namespace: !Sub 'shop/${AWS::StackName}', Queue: !GetAtt Failures.QueueName, Table: !Ref Events",
    );
    let other = "  Other: {Type: AWS::CloudWatch::Alarm, Condition: IsDebug}\n";
    let alarms = |text: &str| {
        let document = yaml::parse(text).unwrap();
        resources_of_type(&document, "AWS::CloudWatch::Alarm", &BTreeMap::new(), ENDPOINT)
    };
    let found = alarms(&(text + other)).unwrap();
    let expected = json!({"Namespace": "shop/local", "Queue": "Failures", "Table": "Events"});
    assert_eq!(found, [("Alarm".to_owned(), expected)].into());
    let error = alarms(SYSTEM).unwrap_err().to_string();
    assert!(error.contains("resource Alarm") && error.contains("ImportValue"), "{error}");
}

#[test]
fn a_mapping_resource_is_read_like_an_event() {
    let own = SYSTEM.to_owned()
        + "  Own: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !GetAtt Project.Arn, \
           EventSourceArn: !GetAtt Changes.Arn, StartingPosition: LATEST}}\n";
    let mapping = read(&own, &[]).unwrap().mappings.into_iter().find(|mapping| mapping.id == "Own").unwrap();
    assert_eq!((mapping.function.as_str(), mapping.batch_size), ("Project", 100));
    assert_eq!((mapping.maximum_retries, mapping.maximum_record_age), (None, None));
}

#[test]
fn parameters_outside_their_limits_are_refused_by_name() {
    let unknown = error(SYSTEM, &[("Bach", "1")]);
    assert_eq!(unknown, "Parameters: [Bach] do not exist in the template; it has Batch, Level");
    let level = error(SYSTEM, &[("Level", "LOUD")]);
    assert_eq!(level, "Parameter 'Level' must be one of AllowedValues: INFO, DEBUG");
    let batch = error(SYSTEM, &[("Batch", "101")]);
    assert_eq!(batch, "Parameter 'Batch' must be a number not greater than 100");
    assert_eq!(error(SYSTEM, &[("Batch", "many")]), "Parameter 'Batch' must be a number");
    let open = SYSTEM.replace("Default: INFO, ", "");
    assert_eq!(error(&open, &[]), "Parameters: [Level] must have values; set them with --param Level=VALUE");
}

#[test]
fn the_error_names_the_invalid_property_and_its_resource() {
    let cases = [
        (
            "BatchSize: !Ref Batch",
            "BatchSize: !Ref Bach",
            "resource Project, property Events: Bach is neither",
        ),
        ("Timeout: 7", "Timeout: 901", "resource Project, property Timeout: 901 is not a whole number"),
        ("CodeUri: target/lambda/project/", "Handler: x", "resource Project, property CodeUri: is missing"),
        ("Type: HttpApi", "Type: SNS", "property Events.Http.Type: SNS is not supported locally"),
        ("{Name: changes}", "{Nome: x}", "resource Changes, property Nome: is not supported locally"),
        ("AttributeType: N}", "AttributeType: X}", "AttributeDefinitions[1].AttributeType: X is none of"),
        ("!GetAtt ProjectRole.Arn", "'arn:x'", "resource Project, property Role: arn:x is not a role"),
        ("!Sub '${Events.Arn}/index/*'", "!Sub '${Event.Arn}'", "Event is not a resource of this template"),
    ];
    for (from, to, expected) in cases {
        let line = error(&SYSTEM.replace(from, to), &[]);
        assert!(line.contains(expected), "{line}");
        assert!(!line.contains('\n'), "{line}");
    }
}

#[test]
fn a_condition_that_refers_to_itself_is_an_error() {
    let looped = SYSTEM.replace("!Equals [!Ref Level, DEBUG]", "!Not [!Condition IsDebug]");
    assert!(error(&looped, &[]).contains("nested too deeply"), "{}", error(&looped, &[]));
}

#[test]
fn the_project_template_is_accepted() {
    let path = crate::template_of(&crate::project());
    let template = Template::read(&path, &BTreeMap::new(), ENDPOINT).unwrap();
    assert!(template.functions.iter().all(|function| !function.statements.is_empty()));
    assert!(template.routes.iter().any(|route| route.path == "/commands/orders" && route.method == "POST"));
    assert_eq!(template.mappings[0].source.name(), "EventStream");
}

/// The parameters decide which resources exist. Those that exist refer to no other ones, the skipped ones included.
#[test]
fn the_project_template_refers_only_to_resources_that_exist() {
    let document =
        yaml::parse(&std::fs::read_to_string(crate::template_of(&crate::project())).unwrap()).unwrap();
    let certificate = "arn:aws:acm:us-east-1:000000000000:certificate/0a1b";
    let domain = [
        ("DomainName", "api.example.com"),
        ("CertificateArn", certificate),
        ("HostedZoneId", "Z0123456789ABC"),
    ];
    let others =
        [("ExistingEventTable", "restored"), ("AlarmEmail", "a@example.com"), ("EventBusName", "shop")];
    let given: [&[(&str, &str)]; 8] = [
        &[],
        &[("EventBusName", "default")],
        &[("StreamMode", "PROVISIONED"), ("ConsumerMode", "enhanced")],
        &[("Identity", "cognito"), ("WebCallbackUrls", "https://shop.example.com")],
        &[("PriceSource", "command"), ("HttpReservedConcurrency", "1"), ("Telemetry", "off")],
        &[("AlarmTopicArn", "arn:aws:sns:us-east-1:000000000000:own"), ("EventBusName", "default")],
        &domain,
        &others,
    ];
    for given in given {
        let parameters =
            given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Template::from_document(&document, &parameters, ENDPOINT).unwrap();
        let scope = checked_scope(&document, &parameters, ENDPOINT).unwrap();
        for (id, declaration) in scope.section("Resources").unwrap() {
            // A skipped resource may use what has no local value.
            let problem = creates(&scope, declaration, 0)
                .and_then(|is_there| if is_there { resolve(&scope, declaration, 0) } else { Ok(None) })
                .err();
            assert!(!matches!(problem, Some(ExpressionError::NotCreated(_))), "{given:?}: {id}: {problem:?}");
        }
    }
}

#[test]
fn the_projects_api_has_the_domain_of_the_parameters() {
    let path = crate::template_of(&crate::project());
    let certificate = "arn:aws:acm:us-east-1:000000000000:certificate/0a1b";
    let given = [("DomainName", "api.example.com"), ("CertificateArn", certificate)];
    let given = given.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    assert_eq!(Template::read(&path, &given, ENDPOINT).unwrap().domains, ["api.example.com"]);
    let alone = [("DomainName".to_owned(), "api.example.com".to_owned())].into();
    let refused = Template::read(&path, &alone, ENDPOINT).unwrap_err().to_string();
    assert!(refused.starts_with("rule DomainHasACertificate: "), "{refused}");
}

/// The scopes of the routes and of the functions follow the parameters, and a user pool puts its prefix before them.
#[test]
fn the_projects_scopes_follow_the_parameters() {
    let path = crate::template_of(&crate::project());
    let scopes = |given: &[(&str, &str)]| {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let template = Template::read(&path, &given, ENDPOINT).unwrap();
        let create = |route: &&HttpRoute| route.path == "/commands/orders";
        let required = template.routes.iter().find(create).unwrap().authorization.clone().unwrap().scopes;
        let variables = &template.functions[0].environment;
        assert_eq!(required, [variables["WRITE_SCOPE"].as_str(), variables["ADMIN_SCOPE"].as_str()]);
        required
    };
    assert_eq!(scopes(&[]), ["orders:write", "orders:admin"]);
    assert_eq!(scopes(&[("WriteScope", "api/write")]), ["api/write", "orders:admin"]);
    assert_eq!(scopes(&[("Identity", "cognito")]), ["shop/orders:write", "shop/orders:admin"]);
}
