//! Tests of the operations that describe functions, and of the functions that a request names (Lambda API reference).

use serde_json::{Value, json};
use stack_lambda::{FunctionSpec, Lambda, LambdaOptions};

use crate::invoke_api::Api;
use crate::stack::{FUNCTION, spec};

/// AWS's region and account of the function under test.
const ARN: &str = "arn:aws:lambda:eu-central-1:000000000000:function:test-function";

async fn get(api: &Api, path: &str) -> (u16, Value) {
    let response = api.client.get(format!("{}/2015-03-31/functions{path}", api.url)).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_function_is_described_as_aws_describes_it() {
    let api = Api::start(FunctionSpec { reserved_concurrency: Some(4), ..spec() }).await;
    let (status, function) = get(&api, &format!("/{FUNCTION}")).await;
    assert_eq!((status, &function["Concurrency"]), (200, &json!({"ReservedConcurrentExecutions": 4})));
    assert_eq!(function["Code"]["RepositoryType"], "S3");
    let configuration = &function["Configuration"];
    for (member, expected) in [
        ("FunctionName", json!(FUNCTION)),
        ("FunctionArn", json!(ARN)),
        ("Role", json!("arn:aws:iam::000000000000:role/test")),
        ("Runtime", json!("provided.al2023")),
        ("Handler", json!("bootstrap")),
        ("Timeout", json!(60)),
        ("MemorySize", json!(256)),
        ("Version", json!("$LATEST")),
        ("State", json!("Active")),
        ("LastUpdateStatus", json!("Successful")),
        ("PackageType", json!("Zip")),
    ] {
        assert_eq!(configuration[member], expected, "{member}");
    }
    assert_eq!(configuration["Environment"]["Variables"]["TABLE"], "orders");
    assert!(configuration["CodeSize"].as_u64() > Some(0), "{configuration}");
    let modified = configuration["LastModified"].as_str().unwrap();
    assert_eq!((modified.len(), &modified[23..]), (28, "+0000"), "{modified}");
    assert_eq!(get(&api, &format!("/{FUNCTION}/configuration")).await.1, *configuration);
    let (_, latest) = get(&api, &format!("/{FUNCTION}/configuration?Qualifier=$LATEST")).await;
    assert_eq!(latest["FunctionArn"], format!("{ARN}:$LATEST"));
}

#[tokio::test]
async fn functions_are_listed_in_pages() {
    let named = |name: &str| FunctionSpec { name: name.to_owned(), ..spec() };
    let functions = vec![named("one"), named("three"), named("two")];
    let lambda = Lambda::start(functions, LambdaOptions::default()).await.unwrap();
    let api = Api::serve(lambda).await;
    let listed = |page: &Value| {
        let functions = page["Functions"].as_array().unwrap().iter();
        functions.map(|function| function["FunctionName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (_, all) = get(&api, "/?FunctionVersion=ALL").await;
    assert_eq!(
        (listed(&all), &all["NextMarker"]),
        (["one", "three", "two"].map(str::to_owned).to_vec(), &Value::Null)
    );
    let (_, first) = get(&api, "?MaxItems=2").await;
    assert_eq!(listed(&first), ["one", "three"]);
    let marker = first["NextMarker"].as_str().unwrap().replace('=', "%3D");
    let (_, second) = get(&api, &format!("/?MaxItems=2&Marker={marker}")).await;
    assert_eq!((listed(&second), &second["NextMarker"]), (vec!["two".to_owned()], &Value::Null));
    for refused in ["?MaxItems=0", "?FunctionVersion=1", "?Marker=x"] {
        assert_eq!(get(&api, refused).await.0, 400, "{refused}");
    }
}

/// Lambda API reference, `FunctionName` and `Qualifier`, with the messages of AWS.
#[tokio::test]
async fn the_name_of_a_function_has_awss_forms_and_messages() {
    let api = Api::start(spec()).await;
    let other_region = ARN.replace("eu-central-1", "eu-west-1");
    let other_account = ARN.replace("000000000000", "111122223333");
    let found = "";
    for (name, status, message) in [
        (FUNCTION.to_owned(), 200, found.to_owned()),
        (format!("{FUNCTION}:$LATEST"), 200, found.to_owned()),
        (format!("000000000000:function:{FUNCTION}"), 200, found.to_owned()),
        (format!("function:{FUNCTION}"), 200, found.to_owned()),
        (ARN.to_owned(), 200, found.to_owned()),
        (format!("{ARN}:$LATEST"), 200, found.to_owned()),
        (format!("{FUNCTION}?Qualifier=$LATEST"), 200, found.to_owned()),
        (format!("{FUNCTION}:live"), 404, format!("Function not found: {ARN}:live")),
        (format!("{FUNCTION}:7"), 404, format!("Function not found: {ARN}:7")),
        (format!("{FUNCTION}?Qualifier=live"), 404, format!("Function not found: {ARN}:live")),
        (
            "other".to_owned(),
            404,
            "Function not found: arn:aws:lambda:us-east-1:000000000000:function:other".to_owned(),
        ),
        (
            "other:q".to_owned(),
            404,
            "Function not found: arn:aws:lambda:us-east-1:000000000000:function:other:q".to_owned(),
        ),
        (
            format!("{FUNCTION}:$LATEST?Qualifier=live"),
            400,
            "The derived qualifier from the function name does not match the specified qualifier.".to_owned(),
        ),
        (
            other_region,
            404,
            "Functions from 'eu-west-1' are not reachable in this region ('eu-central-1')".to_owned(),
        ),
        (
            other_account.clone(),
            403,
            format!(
                "User: arn:aws:iam::000000000000:root is not authorized to perform: lambda:GetFunction on \
                 resource: {other_account} because no resource-based policy allows the lambda:GetFunction action"
            ),
        ),
        (
            format!("111122223333:function:{FUNCTION}"),
            403,
            format!(
                "User: arn:aws:iam::000000000000:root is not authorized to perform: lambda:GetFunction on \
                 resource: {other_account} because no resource-based policy allows the lambda:GetFunction action"
            ),
        ),
    ] {
        let (got, document) = get(&api, &format!("/{name}")).await;
        assert_eq!(got, status, "{name}: {document}");
        assert_eq!(document["Message"].as_str().unwrap_or_default(), message, "{name}");
    }
    let (status, document) = get(&api, "/not%20a%20name").await;
    let message = document["Message"].as_str().unwrap();
    assert_eq!(status, 400);
    assert!(
        message.starts_with("1 validation error detected: Value 'not a name' at 'functionName'"),
        "{message}"
    );
}
