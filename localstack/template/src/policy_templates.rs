//! SAM's policy templates for the services of the stack (SAM developer guide, "SAM policy templates"; their statements:
//! aws/serverless-application-model, `samtranslator/policy_templates_data/policy_templates.json`), and the permissions
//! that SAM adds to a role for the role's event sources.

use stack_base::account::{ACCOUNT, PARTITION, REGION};

use super::error::TemplateError;
use super::model::{Effect, Statement};
use super::properties::Properties;

/// A policy template: its parameters, and its statements.
struct PolicyTemplate {
    name: &'static str,
    parameters: &'static [&'static str],
    statements: &'static [Allowed],
}

/// Actions of one service, and the resources on which a template allows them: the ends of ARNs with `{0}` and `{1}` for
/// the template's parameters.
struct Allowed {
    service: &'static str,
    actions: &'static [&'static str],
    resources: &'static [&'static str],
}

const TABLE_AND_INDEXES: &[&str] = &["table/{0}", "table/{0}/index/*"];

const TEMPLATES: &[PolicyTemplate] = &[
    PolicyTemplate {
        name: "DynamoDBCrudPolicy",
        parameters: &["TableName"],
        statements: &[Allowed {
            service: "dynamodb",
            actions: &[
                "GetItem",
                "DeleteItem",
                "PutItem",
                "Scan",
                "Query",
                "UpdateItem",
                "BatchWriteItem",
                "BatchGetItem",
                "DescribeTable",
                "ConditionCheckItem",
            ],
            resources: TABLE_AND_INDEXES,
        }],
    },
    PolicyTemplate {
        name: "DynamoDBReadPolicy",
        parameters: &["TableName"],
        statements: &[Allowed {
            service: "dynamodb",
            actions: &["GetItem", "Scan", "Query", "BatchGetItem", "DescribeTable"],
            resources: TABLE_AND_INDEXES,
        }],
    },
    PolicyTemplate {
        name: "DynamoDBWritePolicy",
        parameters: &["TableName"],
        statements: &[Allowed {
            service: "dynamodb",
            actions: &["PutItem", "UpdateItem", "BatchWriteItem"],
            resources: TABLE_AND_INDEXES,
        }],
    },
    PolicyTemplate {
        name: "DynamoDBStreamReadPolicy",
        parameters: &["TableName", "StreamName"],
        statements: &[
            Allowed {
                service: "dynamodb",
                actions: &["DescribeStream", "GetRecords", "GetShardIterator"],
                resources: &["table/{0}/stream/{1}"],
            },
            Allowed { service: "dynamodb", actions: &["ListStreams"], resources: &["table/{0}/stream/*"] },
        ],
    },
    PolicyTemplate {
        name: "EventBridgePutEventsPolicy",
        parameters: &["EventBusName"],
        statements: &[Allowed { service: "events", actions: &["PutEvents"], resources: &["event-bus/{0}"] }],
    },
    PolicyTemplate {
        name: "KinesisCrudPolicy",
        parameters: &["StreamName"],
        statements: &[Allowed {
            service: "kinesis",
            actions: &[
                "AddTagsToStream",
                "CreateStream",
                "DecreaseStreamRetentionPeriod",
                "DeleteStream",
                "DescribeStream",
                "DescribeStreamSummary",
                "GetShardIterator",
                "IncreaseStreamRetentionPeriod",
                "ListTagsForStream",
                "MergeShards",
                "PutRecord",
                "PutRecords",
                "SplitShard",
                "RemoveTagsFromStream",
            ],
            resources: &["stream/{0}"],
        }],
    },
    PolicyTemplate {
        name: "KinesisStreamReadPolicy",
        parameters: &["StreamName"],
        statements: &[
            Allowed {
                service: "kinesis",
                actions: &["ListStreams", "DescribeLimits"],
                resources: &["stream/*"],
            },
            Allowed {
                service: "kinesis",
                actions: &["DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator"],
                resources: &["stream/{0}"],
            },
        ],
    },
    PolicyTemplate {
        name: "LambdaInvokePolicy",
        parameters: &["FunctionName"],
        statements: &[Allowed {
            service: "lambda",
            actions: &["InvokeFunction"],
            resources: &["function:{0}*"],
        }],
    },
    PolicyTemplate {
        name: "SQSPollerPolicy",
        parameters: &["QueueName"],
        statements: &[Allowed {
            service: "sqs",
            actions: &[
                "ChangeMessageVisibility",
                "ChangeMessageVisibilityBatch",
                "DeleteMessage",
                "DeleteMessageBatch",
                "GetQueueAttributes",
                "ReceiveMessage",
            ],
            resources: &["{0}"],
        }],
    },
    PolicyTemplate {
        name: "SQSSendMessagePolicy",
        parameters: &["QueueName"],
        statements: &[Allowed { service: "sqs", actions: &["SendMessage*"], resources: &["{0}"] }],
    },
];

/// The statements of the policy template that `policy` names with a single key.
///
/// # Errors
/// [`TemplateError::Property`] when the template is unknown, or when its parameters are missing or unknown.
pub(crate) fn statements(policy: &Properties<'_>) -> Result<Vec<Statement>, TemplateError> {
    let mut names = policy.names();
    let (Some(name), None) = (names.next(), names.next()) else {
        return Err(policy.error("Policies", "an entry must name one policy template or have a Statement"));
    };
    let Some(template) = TEMPLATES.iter().find(|template| template.name == name) else {
        return Err(policy.error(name, "is not supported locally; write its statements"));
    };
    let given = policy.required_object(name)?;
    given.only(template.parameters, &[])?;
    let values: Vec<String> = template
        .parameters
        .iter()
        .map(|parameter| given.required_text(parameter))
        .collect::<Result<_, _>>()?;
    Ok(template.statements.iter().map(|allowed| allowed.statement(&values)).collect())
}

impl Allowed {
    fn statement(&self, values: &[String]) -> Statement {
        let resource = |end: &&str| {
            let end = values
                .iter()
                .enumerate()
                .fold((*end).to_owned(), |end, (index, value)| end.replace(&format!("{{{index}}}"), value));
            format!("arn:{PARTITION}:{}:{REGION}:{ACCOUNT}:{end}", self.service)
        };
        Statement {
            effect: Effect::Allow,
            actions: self.actions.iter().map(|action| format!("{}:{action}", self.service)).collect(),
            resources: self.resources.iter().map(resource).collect(),
        }
    }
}

/// AWS's managed policies for event source mappings, with their actions on the served services (AWS managed policy
/// reference). Each allows its actions on every resource.
const OF_SOURCES: &[(&str, &[&str])] = &[
    (
        "AWSLambdaDynamoDBExecutionRole",
        &[
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
        ],
    ),
    (
        "AWSLambdaKinesisExecutionRole",
        &[
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
            "kinesis:ListStreams",
            "kinesis:SubscribeToShard",
        ],
    ),
    (
        "AWSLambdaSQSQueueExecutionRole",
        &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
    ),
];

/// Managed policies that only allow to write logs and traces and to manage network interfaces, which the endpoint does not serve.
const WITHOUT_EFFECT: &[&str] = &[
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
];

/// The statements of one of AWS's managed policies, by its name or ARN; `None` if the stack does not know the policy.
pub(crate) fn managed(name: &str) -> Option<Vec<Statement>> {
    let short = name.rsplit('/').next().unwrap_or(name);
    if WITHOUT_EFFECT.contains(&short) {
        return Some(Vec::new());
    }
    let (_, actions) = OF_SOURCES.iter().find(|(known, _)| *known == short)?;
    Some(vec![on_all(actions)])
}

fn on_all(actions: &[&str]) -> Statement {
    Statement {
        effect: Effect::Allow,
        actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        resources: vec!["*".to_owned()],
    }
}

/// The statements that SAM adds to a function's generated role, for each of its event sources and for the queues to which
/// the function's failures go (aws/serverless-application-model, `samtranslator/model/eventsources/pull.py`).
///
/// # Errors
/// [`TemplateError::Property`] when an event is malformed.
pub(crate) fn of_events(function: &Properties<'_>) -> Result<Vec<Statement>, TemplateError> {
    let mut statements = Vec::new();
    let Some(events) = function.object("Events")? else { return Ok(statements) };
    for name in events.names() {
        let event = events.required_object(name)?;
        let policy = match event.required_text("Type")?.as_str() {
            "DynamoDB" => "AWSLambdaDynamoDBExecutionRole",
            "Kinesis" => "AWSLambdaKinesisExecutionRole",
            "SQS" => "AWSLambdaSQSQueueExecutionRole",
            _ => continue,
        };
        statements.extend(managed(policy).into_iter().flatten());
        statements
            .extend(sends_to(event.required_object("Properties")?.object("DestinationConfig")?.as_ref())?);
    }
    if let Some(invoke) = function.object("EventInvokeConfig")? {
        statements.extend(sends_to(invoke.object("DestinationConfig")?.as_ref())?);
    }
    Ok(statements)
}

/// SAM allows to send to a destination whose `Type` is `SQS`. Without a type, the template itself must allow it.
fn sends_to(config: Option<&Properties<'_>>) -> Result<Vec<Statement>, TemplateError> {
    let mut statements = Vec::new();
    for side in ["OnFailure", "OnSuccess"] {
        let destination = config.map(|config| config.object(side)).transpose()?.flatten();
        let Some(destination) = destination.filter(|destination| destination.has("Destination")) else {
            continue;
        };
        if destination.text("Type")?.as_deref() == Some("SQS") {
            statements.push(Statement {
                effect: Effect::Allow,
                actions: vec!["sqs:SendMessage".to_owned()],
                resources: vec![destination.required_text("Destination")?],
            });
        }
    }
    Ok(statements)
}
