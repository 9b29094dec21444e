//! Tests of what a template may not contain. Each case is an addition to a template that is accepted without it.

use super::{SYSTEM, error, read};
use crate::{Redrive, StreamView};

/// `SYSTEM` with another resource.
fn with(resource: &str) -> String {
    format!("{SYSTEM}  Other: {resource}\n")
}

#[test]
fn an_unknown_resource_type_is_refused_by_name() {
    // The last ones would serve or change requests, and nothing in the stack does.
    for kind in [
        "AWS::Made::Up",
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::CloudFormation::CustomResource",
        "AWS::DynamoDB::GlobalTable",
        "AWS::Lambda::Alias",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::Function",
        "AWS::Lambda::Url",
        "AWS::Logs::SubscriptionFilter",
        "AWS::Pipes::Pipe",
        "AWS::Scheduler::Schedule",
        "AWS::SecretsManager::Secret",
        "AWS::Serverless::Api",
        "AWS::Serverless::Connector",
        "AWS::Serverless::SimpleTable",
        "AWS::Serverless::StateMachine",
        "AWS::SSM::Parameter",
        "Custom::Seed",
    ] {
        let expected = format!("resource Other, property Type: {kind} is not supported locally");
        assert_eq!(error(&with(&format!("{{Type: '{kind}', Properties: {{}}}}")), &[]), expected);
        read(&with(&format!("{{Type: '{kind}', Condition: IsDebug}}")), &[]).unwrap();
    }
    assert_eq!(error(&with("{Properties: {}}"), &[]), "resource Other, property Type: is missing");
}

#[test]
fn a_resource_without_local_effect_is_accepted_unless_a_property_has_one() {
    for resource in [
        "{Type: AWS::CloudWatch::Dashboard, Properties: {DashboardBody: '{}'}}",
        "{Type: AWS::Lambda::Permission, Properties: {Action: lambda:InvokeFunction}}",
        "{Type: AWS::Cognito::UserPool, Properties: {UserPoolName: shop}}",
        "{Type: AWS::SNS::Subscription, Properties: {Protocol: email, Endpoint: a@example.com}}",
    ] {
        assert_eq!(read(&with(resource), &[]).unwrap(), read(SYSTEM, &[]).unwrap(), "{resource}");
    }
    let triggers = "{Type: AWS::Cognito::UserPool, Properties: {LambdaConfig: {PreSignUp: x}}}";
    let refused = error(&with(triggers), &[]);
    assert_eq!(refused, "resource Other, property LambdaConfig: is not supported locally");
    for protocol in ["lambda", "sqs"] {
        let resource = format!("{{Type: AWS::SNS::Subscription, Properties: {{Protocol: {protocol}}}}}");
        let expected = format!("resource Other, property Protocol: {protocol} is not supported locally");
        assert_eq!(error(&with(&resource), &[]), expected);
    }
}

/// Each replacement of a part of `SYSTEM` with the part of the error that names it.
#[test]
fn what_the_stack_does_not_do_is_refused_by_name() {
    let cases = [
        // Sections and transforms.
        ("\nGlobals:", "\nHooks: {}\nGlobals:", "section Hooks: is not a section of a template"),
        ("\nGlobals:", "\nTransform: [AWS::Include]\nGlobals:", "\"AWS::Include\" is not supported locally"),
        (
            "\nGlobals:",
            "\nTransform: AWS::LanguageExtensions\nGlobals:",
            "section Transform: \"AWS::Language",
        ),
        ("\nGlobals:", "\nMetadata: {CargoLocal: {Port: 1}}\nGlobals:", "CargoLocal.Port is unknown"),
        (
            "  Function:\n",
            "  HttpApi: {}\n  Function:\n",
            "resource Globals, property HttpApi: is not supported",
        ),
        // Attributes beside the properties.
        (
            "  Failures: {Type: AWS::SQS::Queue}",
            "  Failures: {Type: AWS::SQS::Queue, Connectors: {}}",
            "resource Failures, property Connectors: is not supported locally",
        ),
        // Properties of functions.
        (
            "CodeUri: t",
            "FunctionUrlConfig: {AuthType: NONE}\n      CodeUri: t",
            "property FunctionUrlConfig: is not",
        ),
        (
            "CodeUri: t",
            "Runtime: python3.13\n      CodeUri: t",
            "property Runtime: python3.13 is not supported",
        ),
        (
            "CodeUri: t",
            "PackageType: Image\n      CodeUri: t",
            "property PackageType: Image is not supported",
        ),
        (
            "CodeUri: t",
            "FileSystemConfigs: []\n      CodeUri: t",
            "property FileSystemConfigs: is not supported",
        ),
        ("CodeUri: t", "DeadLetterQueue: {}\n      CodeUri: t", "property DeadLetterQueue: is not supported"),
        (
            "CodeUri: t",
            "EventInvokeConfig: {Qualifier: x}\n      CodeUri: t",
            "property EventInvokeConfig.Qualifier: is not supported",
        ),
        (
            "CodeUri: t",
            "EventInvokeConfig: {DestinationConfig: {OnFailure: {Destination: 'arn:aws:sns:x:y:z'}}}\n      CodeUri: t",
            "DestinationConfig.OnFailure.Destination: arn:aws:sns:x:y:z is not an SQS queue",
        ),
        (
            "CodeUri: t",
            "EventInvokeConfig: {MaximumRetryAttempts: 3}\n      CodeUri: t",
            "EventInvokeConfig.MaximumRetryAttempts: 3 is not a whole number from 0 to 2",
        ),
        // Properties of events.
        ("BatchSize: !Ref Batch", "TumblingWindowInSeconds: 5", "TumblingWindowInSeconds: is not supported"),
        (
            "Method: get}",
            "Method: get, TimeoutInMillis: 1}",
            "property Events.Http.Properties.TimeoutInMillis: is",
        ),
        // Properties of tables, streams and queues.
        (
            "      KinesisStreamSpecification:",
            "      StreamSpecification: {StreamViewType: KEYS_ONLY}\n      KinesisStreamSpecification:",
            "StreamSpecification.StreamViewType: must be NEW_AND_OLD_IMAGES locally",
        ),
        (
            "      KinesisStreamSpecification:",
            "      LocalSecondaryIndexes: []\n      KinesisStreamSpecification:",
            "property LocalSecondaryIndexes: is not supported locally",
        ),
        (
            "{Name: changes}",
            "{ShardCount: 2, StreamModeDetails: {StreamMode: ON_DEMAND}}",
            "ShardCount: must be absent",
        ),
        (
            "{Name: changes}",
            "{StreamModeDetails: {StreamMode: PROVISIONED}}",
            "property ShardCount: is missing",
        ),
        ("AWS::SQS::Queue}", "AWS::SQS::Queue, Properties: {FifoQueue: true}}", "property FifoQueue: is not"),
        (
            "AWS::SQS::Queue}",
            "AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: 'a:gone', maxReceiveCount: 3}}}",
            "RedrivePolicy.deadLetterTargetArn: queue gone is not in this template",
        ),
        // Intrinsic functions.
        ("QUEUE: !Ref Failures", "QUEUE: !ImportValue elsewhere", "Fn::ImportValue is not supported locally"),
        ("TABLE: !Ref Events", "TABLE: '{{resolve:ssm:name}}'", "the dynamic reference {{resolve:ssm}}"),
        (
            "TABLE: !Ref Events",
            "TABLE: !FindInMap [A, b, c]",
            "Fn::FindInMap finds no value A.b.c in Mappings",
        ),
    ];
    for (from, to, expected) in cases {
        assert!(SYSTEM.contains(from), "{from}");
        let line = error(&SYSTEM.replacen(from, to, 1), &[]);
        assert!(line.contains(expected), "{to}: {line}");
    }
}

#[test]
fn settings_of_streams_tables_queues_and_asynchronous_invocations_are_read() {
    let text = SYSTEM
        .replace("{Name: changes}", "{Name: changes, ShardCount: 2}")
        .replace(
            "      KinesisStreamSpecification:",
            "      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}\n      KinesisStreamSpecification:",
        )
        .replace(
            "CodeUri: t",
            "EventInvokeConfig: {MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60, DestinationConfig: \
             {OnFailure: {Type: SQS, Destination: !GetAtt Failures.Arn}}}\n      CodeUri: t",
        )
        + "  Work: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: \
           {deadLetterTargetArn: !GetAtt Failures.Arn, maxReceiveCount: '3'}}}\n";
    let template = read(&text, &[]).unwrap();
    assert_eq!(template.streams[0].shards, Some(2));
    assert_eq!(template.tables[0].stream_view, Some(StreamView::NewAndOldImages));
    let redrive = Redrive { dead_letter_queue: "Failures".to_owned(), maximum_receives: 3 };
    let work = template.queues.iter().find(|queue| queue.name == "Work").unwrap();
    assert_eq!(work.redrive, Some(redrive));
    let invocation = &template.functions[0].asynchronous;
    assert_eq!((invocation.maximum_retries, invocation.maximum_event_age.as_secs()), (1, 60));
    assert_eq!(invocation.on_failure_queue.as_deref(), Some("Failures"));
    let default = read(SYSTEM, &[]).unwrap();
    assert_eq!((default.streams[0].shards, default.tables[0].stream_view), (None, None));
    assert_eq!(default.functions[0].asynchronous.maximum_retries, 2);
}

#[test]
fn a_mapping_of_the_template_gives_a_value() {
    let text =
        SYSTEM.replace("\nGlobals:", "\nMappings: {Sizes: {INFO: {batch: 7}, DEBUG: {batch: 9}}}\nGlobals:");
    let text = text.replace("BatchSize: !Ref Batch", "BatchSize: !FindInMap [Sizes, !Ref Level, batch]");
    assert_eq!(read(&text, &[]).unwrap().mappings[0].batch_size, 7);
    assert_eq!(read(&text, &[("Level", "DEBUG")]).unwrap().mappings[0].batch_size, 9);
}

#[test]
fn a_function_may_ignore_globals() {
    let timeout = |ignored: &str| {
        let text = SYSTEM.replace(
            "    Properties:\n      CodeUri",
            &format!("    IgnoreGlobals: {ignored}\n    Properties:\n      CodeUri"),
        );
        read(&text, &[]).map(|template| template.functions[0].timeout.as_secs())
    };
    assert_eq!(
        (timeout("'*'").unwrap(), timeout("[Timeout]").unwrap(), timeout("[Tags]").unwrap()),
        (3, 3, 7)
    );
    assert!(timeout("all").unwrap_err().to_string().contains("property IgnoreGlobals: is neither * nor"));
}

/// SAM developer guide, "Building Rust Lambda functions with Cargo Lambda".
#[test]
fn cargo_lambda_names_the_binary_in_the_metadata() {
    let text = SYSTEM.replace("CodeUri: target/lambda/project/", "CodeUri: .");
    let built = text.replace(
        "    Properties:\n      CodeUri",
        "    Metadata: {BuildMethod: rust-cargolambda, BuildProperties: {Binary: worker}}\n    Properties:\n      CodeUri",
    );
    assert_eq!(read(&built, &[]).unwrap().functions[0].binary, "worker");
    assert!(error(&text, &[]).contains("property CodeUri: \".\" does not end in the name of a binary"));
    let unnamed = built.replace("{Binary: worker}", "{}");
    assert_eq!(
        error(&unnamed, &[]),
        "resource Project, property Metadata.BuildProperties.Binary: is missing"
    );
}

#[test]
fn the_metadata_sets_the_defaults_of_the_local_stack() {
    let local = "\nMetadata: {CargoLocal: {Parameters: {Level: DEBUG}, TokenScope: a b}}\nGlobals:";
    let template = read(&SYSTEM.replace("\nGlobals:", local), &[]).unwrap();
    assert_eq!(template.functions[0].environment["LEVEL"], "DEBUG");
    assert_eq!(template.token_scope, "a b");
    let given = read(&SYSTEM.replace("\nGlobals:", local), &[("Level", "INFO")]).unwrap();
    assert_eq!(given.functions[0].environment["LEVEL"], "INFO");
    let unknown = error(&SYSTEM.replace("\nGlobals:", &local.replace("Level:", "Gone:")), &[]);
    assert!(unknown.starts_with("Parameters: [Gone] do not exist in the template"), "{unknown}");
}

/// `CloudFormation` answers "Unresolved resource dependencies". A branch of `Fn::If` that is not chosen refers to nothing.
#[test]
fn a_reference_to_a_resource_whose_condition_is_false_is_refused() {
    let debug_only = "{Type: AWS::SQS::Queue, Condition: IsDebug}";
    for reference in ["!Ref Other", "!GetAtt Other.Arn", "!Sub '${Other}/x'", "!Sub '${Other.Arn}'"] {
        let text = with(debug_only).replace("QUEUE: !Ref Failures", &format!("QUEUE: {reference}"));
        let expected = "Other does not exist with these parameters, because its Condition is false";
        let line = error(&text, &[]);
        assert!(
            line.starts_with("resource Project, property Environment") && line.ends_with(expected),
            "{line}"
        );
        assert!(read(&text, &[("Level", "DEBUG")]).is_ok(), "{reference}");
    }
    let chosen = "QUEUE: !If [IsDebug, !Ref Other, !Ref Failures]";
    let text = with(debug_only).replace("QUEUE: !Ref Failures", chosen);
    assert!(read(&text, &[]).unwrap().functions[0].environment["QUEUE"].ends_with("/Failures"));
}

/// A condition may not refer to a resource. If the resource has this condition, the references never end.
#[test]
fn a_condition_that_refers_to_its_own_resource_is_an_error() {
    let text = with("{Type: AWS::SQS::Queue, Condition: IsDebug}")
        .replace("!Equals [!Ref Level, DEBUG]", "!Equals [!Ref Other, DEBUG]");
    assert!(error(&text, &[]).contains("nested too deeply"), "{}", error(&text, &[]));
}

/// Two roles with the same name and opposite conditions: the function has the statements of the one that exists.
#[test]
fn a_role_whose_condition_is_false_gives_no_permissions() {
    let role = "{Type: AWS::IAM::Role, Condition: IsDebug, Properties: {RoleName: ProjectRole, Policies: [{PolicyName: a, \
                PolicyDocument: {Statement: [{Effect: Allow, Action: 'sqs:*', Resource: '*'}]}}]}}";
    let text = with(role).replace("  Other:", "  AnotherRole:");
    assert_eq!(read(&text, &[]).unwrap().functions[0].statements[0].actions, ["dynamodb:Query"]);
    assert_eq!(read(&text, &[("Level", "DEBUG")]).unwrap().functions[0].statements[0].actions, ["sqs:*"]);
}
