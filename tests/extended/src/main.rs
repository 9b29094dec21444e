//! Measures the cost of an internal extension: the function `bare` with an extension that receives every invocation and
//! does nothing. An extension can do work after the response. The shop's functions use a layer of the runtime for this
//! purpose, because the layer costs less.

use lambda_extension::Extension;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let nothing = lambda_extension::service_fn(async |_| Ok::<_, Error>(()));
    let extension = Extension::new().with_extension_name("extended").with_events(&["INVOKE"]);
    let extension = extension.with_events_processor(nothing).register().await?;
    tokio::spawn(extension.run());
    run(service_fn(async |event: LambdaEvent<Value>| Ok::<_, Error>(event.payload))).await
}
