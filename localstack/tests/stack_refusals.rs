//! Tests of failing starts: each error is one clear line, printed before anything is built.
#![cfg(test)]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use localstack::{Stack, StackOptions};

/// A folder that is deleted at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs the command, which must fail with an empty standard output. Returns its standard error.
fn refused(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_localstack")).args(arguments).output().unwrap();
    assert_eq!((output.status.code(), output.stdout), (Some(1), Vec::new()));
    String::from_utf8(output.stderr).unwrap()
}

async fn refused_with_template(folder: &Folder, template: &str) -> String {
    folder.write("template.yaml", template);
    let options = StackOptions { project: folder.0.clone(), ..StackOptions::default() };
    Stack::start(options).await.unwrap_err().to_string()
}

#[test]
fn a_taken_port_is_refused() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let line = refused(&["--port", &port]);
    assert!(line.starts_with(&format!("error: port {port} cannot be used: ")), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
}

#[test]
fn an_unknown_parameter_is_refused() {
    let line = refused(&["demo", "--param", "NoSuchParameter=1"]);
    assert!(
        line.starts_with(
            "error: template: Parameters: [NoSuchParameter] do not exist in the template; it has "
        ),
        "{line}"
    );
    assert_eq!(line.lines().count(), 1, "{line}");
}

#[test]
fn a_gateway_with_a_data_directory_is_refused() {
    let line = refused(&["gateway", "--endpoint-url", "http://127.0.0.1:1", "--data", "x"]);
    assert_eq!(
        line,
        "error: remove --data and --release: cargo local gateway runs no functions and keeps no data\n"
    );
}

#[test]
fn a_missing_event_file_is_refused() {
    let line = refused(&["invoke", "create-order", "no/such/event.json"]);
    assert!(line.starts_with("error: no/such/event.json: "), "{line}");
}

#[tokio::test]
async fn an_invalid_template_is_refused() {
    let folder = Folder::new("broken-template");
    let missing = "Resources: {F: {Type: AWS::Serverless::Function, Properties: {Timeout: 3}}}";
    let line = refused_with_template(&folder, missing).await;
    assert_eq!(line, "template: resource F, property CodeUri: is missing");
    let line = refused_with_template(&folder, "Resources: [").await;
    assert!(line.starts_with("template: ") && line.contains(" line 2 ") && !line.contains('\n'), "{line}");
}

/// A function that reads a stream, through a consumer or not. Its role may do `actions`.
fn reader(source: &str, actions: &str) -> String {
    format!(
        "
Resources:
  Changes: {{Type: AWS::Kinesis::Stream}}
  Mine:
    Type: AWS::Kinesis::StreamConsumer
    Properties: {{ConsumerName: mine, StreamARN: !GetAtt Changes.Arn}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/f
      Policies: [{{Statement: [{{Effect: Allow, Action: [{actions}], Resource: [!GetAtt Changes.Arn, !Ref Mine]}}]}}]
      Events: {{E: {{Type: Kinesis, Properties: {{Stream: {source}, StartingPosition: LATEST}}}}}}
"
    )
}

#[tokio::test]
async fn a_mapping_whose_role_may_not_read_the_stream_is_refused() {
    let folder = Folder::new("mapping-role");
    let shared =
        "'kinesis:Describe*', 'kinesis:ListShards', 'kinesis:GetRecords', 'kinesis:GetShardIterator'";
    let stream = "arn:aws:kinesis:us-east-1:000000000000:stream/Changes";
    for (source, actions, missing) in [
        ("!GetAtt Changes.Arn", "'kinesis:Get*'", format!("F-E needs kinesis:DescribeStream on {stream}")),
        (
            "!GetAtt Changes.Arn",
            "'kinesis:Describe*', 'kinesis:ListShards'",
            format!("F-E needs kinesis:GetRecords on {stream}"),
        ),
        (
            "!GetAtt Mine.ConsumerARN",
            shared,
            format!("F-E-consumer needs kinesis:SubscribeToShard on {stream}/consumer/mine:1"),
        ),
    ] {
        let line = refused_with_template(&folder, &reader(source, actions)).await;
        let expected = format!("(the mapping {missing}, which the role of F does not allow)");
        assert!(line.starts_with("template: Cannot access stream arn:aws:kinesis:"), "{line}");
        assert!(line.contains("Please ensure the role can perform the GetRecords, "), "{line}");
        assert!(line.ends_with(&expected), "{actions}: {line}");
    }
    let line = refused_with_template(&folder, &reader("!GetAtt Changes.Arn", shared)).await;
    assert!(!line.contains("does not allow"), "the role allows the reads: {line}");
}

#[tokio::test]
async fn a_template_with_a_missing_binary_is_refused() {
    let folder = Folder::new("missing-binary");
    folder.write("Cargo.toml", "[workspace]\nresolver = \"3\"\n");
    let template =
        "Resources: {F: {Type: AWS::Serverless::Function, Properties: {CodeUri: target/lambda/absent}}}";
    let line = refused_with_template(&folder, template).await;
    assert!(line.ends_with("has a binary named absent, which the template's CodeUri names"), "{line}");
}

#[test]
fn a_token_without_a_running_stack_is_refused() {
    let gone = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let endpoint = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let line = refused(&["token", "--sub", "user-1", "--endpoint", &endpoint]);
    assert!(line.starts_with(&format!("error: no token from {endpoint}: no response ")), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
}
