//! The engine of the embedded stack with its JSON requests.

use dynoxide::Database;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{DynamoRequest, DynamoResponse};

/// Executes `call` on the tables of `database`.
pub(crate) fn serve(database: &Database, call: &DynamoRequest) -> DynamoResponse {
    match call.operation.as_str() {
        "PutItem" => answer(call, |request| database.put_item(request)),
        "GetItem" => answer(call, |request| database.get_item(request)),
        "DeleteItem" => answer(call, |request| database.delete_item(request)),
        "UpdateItem" => answer(call, |request| database.update_item(request)),
        "Query" => answer(call, |request| database.query(request)),
        "Scan" => answer(call, |request| database.scan(request)),
        "BatchGetItem" => answer(call, |request| database.batch_get_item(request)),
        "BatchWriteItem" => answer(call, |request| database.batch_write_item(request)),
        "TransactWriteItems" => answer(call, |request| database.transact_write_items(request)),
        "CreateTable" => answer(call, |request| database.create_table(request)),
        other => panic!("{} sends {other}, which is not simulated", call.caller),
    }
}

fn answer<Q, A>(call: &DynamoRequest, act: impl FnOnce(Q) -> dynoxide::Result<A>) -> DynamoResponse
where
    Q: DeserializeOwned,
    A: Serialize,
{
    let request = serde_json::from_value(call.body.clone()).unwrap();
    match act(request) {
        Ok(answer) => DynamoResponse::ok(serde_json::to_string(&answer).unwrap()),
        Err(error) => DynamoResponse { status: error.status_code(), body: error.to_json() },
    }
}
