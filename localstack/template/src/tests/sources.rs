//! Tests of the event sources of functions, of SAM's policy templates and of the permissions that SAM adds.

use super::{error, read};
use crate::{EventSource, Template};

/// A bundle with a table, a queue and a stream, whose function has this event and these policies.
fn bundle(event: &str, policies: &str) -> String {
    format!(
        "
Resources:
  Things:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
      StreamSpecification: {{StreamViewType: NEW_IMAGE}}
  Plain:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
  Work: {{Type: AWS::SQS::Queue}}
  Changes: {{Type: AWS::Kinesis::Stream}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/worker
      Policies: [{policies}]
      Events: {{E: {event}}}
"
    )
}

fn event(kind: &str, settings: &str) -> String {
    format!("{{Type: {kind}, Properties: {{{settings}}}}}")
}

/// The statements of the function's role, one per line: the actions, and the ends of the resources.
fn permissions(template: &Template) -> Vec<String> {
    let short = |arn: &String| arn.replace(":us-east-1:000000000000:", "::");
    let statements = template.functions[0].statements.iter();
    statements
        .map(|statement| {
            let resources: Vec<String> = statement.resources.iter().map(short).collect();
            format!("{} on {}", statement.actions.join(" "), resources.join(" "))
        })
        .collect()
}

#[test]
fn an_event_names_its_source() {
    let mapping = |kind: &str, settings: &str| {
        read(&bundle(&event(kind, settings), ""), &[]).unwrap().mappings.remove(0)
    };
    let table = mapping("DynamoDB", "Stream: !GetAtt Things.StreamArn, StartingPosition: LATEST");
    assert_eq!(table.source, EventSource::DynamoDb { table: "Things".to_owned() });
    assert_eq!((table.id.as_str(), table.batch_size), ("Worker-E", 100));
    let queue = mapping("SQS", "Queue: !GetAtt Work.Arn, ScalingConfig: {MaximumConcurrency: 5}");
    assert_eq!(queue.source, EventSource::Sqs { queue: "Work".to_owned() });
    assert_eq!((queue.batch_size, queue.maximum_concurrency), (10, Some(5)));
    let large = "Queue: !GetAtt Work.Arn, BatchSize: 11, MaximumBatchingWindowInSeconds: 1, Enabled: false";
    let large = mapping("SQS", large);
    assert_eq!((large.batch_size, large.enabled), (11, false));
}

#[test]
fn a_source_and_its_settings_must_fit() {
    let cases = [
        (
            "DynamoDB",
            "Stream: !GetAtt Changes.Arn, StartingPosition: LATEST",
            "is no source of a DynamoDB event",
        ),
        (
            "Kinesis",
            "Stream: !GetAtt Things.StreamArn, StartingPosition: LATEST",
            "is no source of a Kinesis event",
        ),
        (
            "DynamoDB",
            "Stream: !GetAtt Plain.StreamArn, StartingPosition: LATEST",
            "table with a StreamSpecification Plain",
        ),
        ("DynamoDB", "Stream: !GetAtt Things.StreamArn", "StartingPosition: is missing"),
        (
            "DynamoDB",
            "Stream: !GetAtt Things.StreamArn, StartingPosition: AT_TIMESTAMP, StartingPositionTimestamp: 1",
            "StartingPositionTimestamp: is not supported",
        ),
        ("SQS", "Queue: 'arn:aws:sqs:us-east-1:000000000000:gone'", "queue gone is not in this template"),
        ("SQS", "Queue: gone", "gone is neither a stream nor a queue"),
        // Lambda guide, "Creating and configuring an Amazon SQS event source mapping".
        (
            "SQS",
            "Queue: !GetAtt Work.Arn, BatchSize: 11",
            "MaximumBatchingWindowInSeconds: must be at least 1",
        ),
        ("SQS", "Queue: !GetAtt Work.Arn, StartingPosition: LATEST", "StartingPosition: is not supported"),
        (
            "SQS",
            "Queue: !GetAtt Work.Arn, ScalingConfig: {MaximumConcurrency: 1}",
            "1 is not a whole number from 2",
        ),
        (
            "SQS",
            "Queue: !GetAtt Work.Arn, ProvisionedPollerConfig: {}",
            "ProvisionedPollerConfig: is not supported",
        ),
        ("S3", "Bucket: b", "property Events.E.Type: S3 is not supported locally"),
    ];
    for (kind, settings, expected) in cases {
        let line = error(&bundle(&event(kind, settings), ""), &[]);
        assert!(line.contains(expected), "{kind} {settings}: {line}");
    }
}

/// The statements of `samtranslator/policy_templates_data/policy_templates.json`.
#[test]
fn each_policy_template_has_sams_statements() {
    let route = event("HttpApi", "Path: /, Method: get");
    let items = "arn:aws:dynamodb::table/Things arn:aws:dynamodb::table/Things/index/*";
    let cases = [
        (
            "DynamoDBCrudPolicy: {TableName: !Ref Things}",
            vec![format!(
                "dynamodb:GetItem dynamodb:DeleteItem dynamodb:PutItem dynamodb:Scan dynamodb:Query \
                 dynamodb:UpdateItem dynamodb:BatchWriteItem dynamodb:BatchGetItem dynamodb:DescribeTable \
                 dynamodb:ConditionCheckItem on {items}"
            )],
        ),
        (
            "DynamoDBReadPolicy: {TableName: !Ref Things}",
            vec![format!(
                "dynamodb:GetItem dynamodb:Scan dynamodb:Query dynamodb:BatchGetItem dynamodb:DescribeTable on {items}"
            )],
        ),
        (
            "DynamoDBWritePolicy: {TableName: !Ref Things}",
            vec![format!("dynamodb:PutItem dynamodb:UpdateItem dynamodb:BatchWriteItem on {items}")],
        ),
        (
            "DynamoDBStreamReadPolicy: {TableName: !Ref Things, StreamName: '*'}",
            vec![
                "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator on \
                 arn:aws:dynamodb::table/Things/stream/*"
                    .to_owned(),
                "dynamodb:ListStreams on arn:aws:dynamodb::table/Things/stream/*".to_owned(),
            ],
        ),
        (
            "EventBridgePutEventsPolicy: {EventBusName: default}",
            vec!["events:PutEvents on arn:aws:events::event-bus/default".to_owned()],
        ),
        (
            "KinesisCrudPolicy: {StreamName: !Ref Changes}",
            vec![
                "kinesis:AddTagsToStream kinesis:CreateStream kinesis:DecreaseStreamRetentionPeriod \
                 kinesis:DeleteStream kinesis:DescribeStream kinesis:DescribeStreamSummary \
                 kinesis:GetShardIterator kinesis:IncreaseStreamRetentionPeriod kinesis:ListTagsForStream \
                 kinesis:MergeShards kinesis:PutRecord kinesis:PutRecords kinesis:SplitShard \
                 kinesis:RemoveTagsFromStream on arn:aws:kinesis::stream/Changes"
                    .to_owned(),
            ],
        ),
        (
            "KinesisStreamReadPolicy: {StreamName: !Ref Changes}",
            vec![
                "kinesis:ListStreams kinesis:DescribeLimits on arn:aws:kinesis::stream/*".to_owned(),
                "kinesis:DescribeStream kinesis:DescribeStreamSummary kinesis:GetRecords \
                 kinesis:GetShardIterator on arn:aws:kinesis::stream/Changes"
                    .to_owned(),
            ],
        ),
        (
            "LambdaInvokePolicy: {FunctionName: worker}",
            vec!["lambda:InvokeFunction on arn:aws:lambda::function:worker*".to_owned()],
        ),
        (
            "SQSPollerPolicy: {QueueName: !GetAtt Work.QueueName}",
            vec![
                "sqs:ChangeMessageVisibility sqs:ChangeMessageVisibilityBatch sqs:DeleteMessage \
                 sqs:DeleteMessageBatch sqs:GetQueueAttributes sqs:ReceiveMessage on arn:aws:sqs::Work"
                    .to_owned(),
            ],
        ),
        (
            "SQSSendMessagePolicy: {QueueName: !GetAtt Work.QueueName}",
            vec!["sqs:SendMessage* on arn:aws:sqs::Work".to_owned()],
        ),
    ];
    for (policy, expected) in cases {
        let template = read(&bundle(&route, &format!("{{{policy}}}")), &[]).unwrap();
        assert_eq!(permissions(&template), expected, "{policy}");
    }
    for (policy, expected) in [
        ("{S3CrudPolicy: {BucketName: b}}", "property S3CrudPolicy: is not supported locally"),
        ("{DynamoDBReadPolicy: {}}", "property DynamoDBReadPolicy.TableName: is missing"),
        (
            "{DynamoDBReadPolicy: {TableName: t, Index: i}}",
            "property DynamoDBReadPolicy.Index: is not supported",
        ),
        ("{A: {}, B: {}}", "an entry must name one policy template or have a Statement"),
        ("AdministratorAccess", "property Policies[0]: managed policy AdministratorAccess is not supported"),
    ] {
        let line = error(&bundle(&route, policy), &[]);
        assert!(line.contains(expected), "{policy}: {line}");
    }
}

/// `samtranslator/model/eventsources/pull.py`: only a role that SAM generates gets a source's managed policy, and only a
/// destination with a type gets a permission.
#[test]
fn a_generated_role_may_read_the_source_and_send_to_the_destination() {
    let of = |text: &str| permissions(&read(text, &[]).unwrap());
    assert_eq!(
        of(&bundle(&event("SQS", "Queue: !GetAtt Work.Arn"), "")),
        ["sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes on *"]
    );
    let settings = |kind: &str| {
        format!(
            "Stream: !GetAtt Things.StreamArn, StartingPosition: LATEST, \
             DestinationConfig: {{OnFailure: {{{kind}Destination: !GetAtt Work.Arn}}}}"
        )
    };
    let reads =
        "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams on *";
    assert_eq!(
        of(&bundle(&event("DynamoDB", &settings("Type: SQS, ")), "")),
        [reads, "sqs:SendMessage on arn:aws:sqs::Work"]
    );
    assert_eq!(of(&bundle(&event("DynamoDB", &settings("")), "")), [reads]);
    let own = bundle(&event("SQS", "Queue: !GetAtt Work.Arn"), "")
        .replace("      Policies: []\n", "      Role: !GetAtt Own.Arn\n")
        + "  Own: {Type: AWS::IAM::Role, Properties: {ManagedPolicyArns: \
           [arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole]}}\n";
    assert_eq!(of(&own), ["sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes on *"]);
    assert_eq!(of(&own.replace("ManagedPolicyArns: ", "Tags: ")), Vec::<String>::new());
}

#[test]
fn a_role_policy_applies_to_the_role_that_it_names() {
    let own = bundle(&event("HttpApi", "Path: /, Method: get"), "")
        .replace("      Policies: []\n", "      Role: !GetAtt Own.Arn\n")
        + "  Own: {Type: AWS::IAM::Role}\n  \
           More: {Type: AWS::IAM::RolePolicy, Properties: {PolicyName: more, RoleName: !Ref Own, PolicyDocument: \
           {Statement: [{Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Work.Arn}]}}}\n";
    assert_eq!(permissions(&read(&own, &[]).unwrap()), ["sqs:SendMessage on arn:aws:sqs::Work"]);
    let elsewhere = error(&own.replace("RoleName: !Ref Own", "RoleName: admin"), &[]);
    assert_eq!(elsewhere, "resource More, property RoleName: admin is not a role of this template");
}

/// SAM translator, `HttpApi`: "API method … defined multiple times for path …".
#[test]
fn two_functions_with_the_same_route_are_refused() {
    let routes = |first: &str, second: &str| {
        let second = format!(
            "  Second:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: target/lambda/second\n      \
             Events: {{E: {}}}\n",
            event("HttpApi", second)
        );
        read(&(bundle(&event("HttpApi", first), "") + &second), &[])
    };
    for (first, second, key) in [
        ("Path: /a, Method: get", "Path: /a, Method: GET", "GET /a"),
        ("Path: /a, Method: any", "Path: /a, Method: '*'", "ANY /a"),
        ("Path: $default, Method: any", "Path: $default, Method: get", "$default"),
    ] {
        let line = routes(first, second).unwrap_err().to_string();
        let functions = ["Worker and Second", "Second and Worker"];
        let expected = format!("Events.E.Properties.Path: {key} is defined twice, for the functions ");
        assert!(line.contains(&expected) && functions.iter().any(|both| line.contains(both)), "{line}");
    }
    for (first, second) in [
        ("Path: /a, Method: get", "Path: /a, Method: any"),
        ("Path: /a, Method: get", "Path: '/{a}', Method: get"),
    ] {
        assert_eq!(routes(first, second).unwrap().routes.len(), 2);
    }
}

#[test]
fn a_schedule_has_the_name_of_its_rule() {
    let schedule = |settings: &str| {
        let settings = format!("Schedule: rate(1 minute){settings}");
        read(&bundle(&event("Schedule", &settings), ""), &[]).unwrap().schedules.remove(0)
    };
    assert_eq!((schedule("").rule.as_str(), schedule("").function.as_str()), ("Worker-E", "Worker"));
    assert_eq!(schedule(", Name: clean-up").rule, "clean-up");
}
