//! The function under test. It runs on the real `lambda_runtime` and acts according to the payload's `mode`.
//!
//! Its work outside of invocations is in [`background`](crate::background).

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

use crate::background;

/// Longer than any test runs.
const FOREVER: Duration = Duration::from_mins(10);

/// Serves invocations until the process is ended.
pub(crate) fn serve() {
    let init = std::env::var("FIXTURE_INIT").unwrap_or_default();
    match init.as_str() {
        "exit" => std::process::exit(7),
        "hang" => std::thread::sleep(FOREVER),
        "error" => {
            post("init/error", r#"{"errorType":"Config","errorMessage":"no table"}"#);
            std::process::exit(1);
        }
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(lambda_runtime::run(service_fn(handle))).unwrap();
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let payload = &event.payload;
    let millis = payload["ms"].as_u64().unwrap_or_default();
    match payload["mode"].as_str().unwrap_or_default() {
        "sleep" => tokio::time::sleep(Duration::from_millis(millis)).await,
        "error" => return Err("the order is gone".into()),
        "panic" => panic!("overflow"),
        "exit" => std::process::exit(3),
        "abort" => std::process::abort(),
        "hang" => hang(payload["ready"].as_str().unwrap()),
        "log" => {
            writeln!(std::io::stdout(), "to stdout")?;
            writeln!(std::io::stderr(), "to stderr")?;
        }
        "tick" => background::tick(payload["path"].as_str().unwrap()),
        "more-ticks" => background::more_ticks(payload["path"].as_str().unwrap()).await,
        "farewell" => background::say_farewell(payload["path"].as_str().unwrap().to_owned()),
        "child" => return Ok(json!({ "pid": background::child() })),
        "big" => return Ok("x".repeat(usize::try_from(payload["bytes"].as_u64().unwrap())?).into()),
        "env" => return Ok(json!(std::env::vars().collect::<BTreeMap<_, _>>())),
        "context" => return Ok(context(&event)),
        "post" => return Ok(post(payload["path"].as_str().unwrap(), "{}").into()),
        _ => {}
    }
    Ok(json!({ "pid": std::process::id(), "payload": payload }))
}

fn context(event: &LambdaEvent<Value>) -> Value {
    let context = &event.context;
    json!({
        "request_id": context.request_id,
        "deadline": context.deadline,
        "arn": context.invoked_function_arn,
        "trace": context.xray_trace_id,
        "name": context.env_config.function_name,
    })
}

/// Starts a child process and blocks. Only a kill of the whole group ends both.
fn hang(ready: &str) {
    let mut child = Command::new("sleep").arg(FOREVER.as_secs().to_string()).spawn().unwrap();
    // The rename makes the file appear complete: no reader sees a partial file.
    let draft = format!("{ready}.draft");
    std::fs::write(&draft, format!("{} {}", std::process::id(), child.id())).unwrap();
    std::fs::rename(draft, ready).unwrap();
    child.wait().unwrap();
}

/// Calls the Runtime API directly, without the runtime client. Returns the status line and the body.
fn post(path: &str, body: &str) -> String {
    let host = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    let mut stream = TcpStream::connect(&host).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
