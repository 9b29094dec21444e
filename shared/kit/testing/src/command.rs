//! What every command on an order that is there passes, one function an obligation.

use es_core::{EventAppender, EventReader};
use event_store::DynamoEventStore;
use http_api::{GatewayEvent, GatewayResponse};
use serde_json::json;

use crate::InMemoryEventStore;
use crate::dynamodb::LocalDynamoDb;
use crate::gateway::{Answered, anonymous, sample, samples, signed_in};

/// The function of a command on an order. [`command_contract!`](crate::command_contract) makes a test of every
/// obligation for it.
#[expect(async_fn_in_trait, reason = "tests await it where they are")]
pub trait CommandFunction {
    /// The function's name.
    const NAME: &'static str;
    /// The name of a sample that has an idempotency key.
    const SAMPLE: &'static str;
    /// The version that every sample brings its order to.
    const VERSION: u64;
    /// The status that every sample brings its order to.
    const STATUS: &'static str;

    /// Brings the orders of the samples to where they are before them.
    async fn prepare<S: EventReader + EventAppender>(store: &S);

    /// The function's handler.
    async fn handle<S: EventReader + EventAppender>(store: &S, event: GatewayEvent) -> GatewayResponse;
}

/// A test for every obligation of [`command`](crate::command) on a [`CommandFunction`](crate::command::CommandFunction).
///
/// The calling crate needs `tokio` with `macros` and `rt`.
#[macro_export]
macro_rules! command_contract {
    ($function:ty) => {
        $crate::command_contract! { @each $function;
            a_repeat_under_its_key_gets_the_first_answer
            an_order_that_is_not_there_is_not_found
            every_sample_changes_its_order
            it_costs_one_query_and_one_write_unit
            somebody_elses_order_is_not_touched_and_nothing_is_told_of_it
        }
    };
    (@each $function:ty; $($obligation:ident)+) => {
        $(
            #[tokio::test]
            async fn $obligation() {
                $crate::command::$obligation::<$function>().await;
            }
        )+
    };
}

async fn prepared<F: CommandFunction>() -> InMemoryEventStore {
    let store = InMemoryEventStore::default();
    F::prepare(&store).await;
    store
}

async fn answered<F: CommandFunction>(
    store: &(impl EventReader + EventAppender),
    event: GatewayEvent,
) -> Answered {
    F::handle(store, event).await.into()
}

fn its_sample<F: CommandFunction>() -> GatewayEvent {
    sample(F::NAME, F::SAMPLE)
}

/// Every sample of the function is carried out, and its receipt tells the order's version and status.
pub async fn every_sample_changes_its_order<F: CommandFunction>() {
    for (name, event) in samples(F::NAME) {
        let store = prepared::<F>().await;
        let changed = answered::<F>(&store, event).await;
        assert_eq!(changed.status, 200, "{name}: {}", changed.body);
        let receipt = (&changed.body["version"], &changed.body["status"]);
        assert_eq!(receipt, (&json!(F::VERSION), &json!(F::STATUS)), "{name}");
        assert_eq!(changed.header("etag"), format!("\"{}\"", F::VERSION), "{name}");
    }
}

/// The same request under its key gets the same answer, which says that it is a repeat.
pub async fn a_repeat_under_its_key_gets_the_first_answer<F: CommandFunction>() {
    let store = prepared::<F>().await;
    let first = answered::<F>(&store, its_sample::<F>()).await;
    let again = answered::<F>(&store, its_sample::<F>()).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
}

/// Without its order it is a 404.
pub async fn an_order_that_is_not_there_is_not_found<F: CommandFunction>() {
    let missed = answered::<F>(&InMemoryEventStore::default(), its_sample::<F>()).await;
    assert_eq!((missed.status, &missed.body["type"]), (404, &json!("urn:cqrs-ecommerce:problem:not-found")));
}

/// An order of a few commits is one read of one unit, and one write of one unit.
pub async fn it_costs_one_query_and_one_write_unit<F: CommandFunction>() {
    let dynamodb = LocalDynamoDb::start().await;
    let store = DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await);
    F::prepare(&store).await;
    dynamodb.recorder().clear();
    assert_eq!(answered::<F>(&store, its_sample::<F>()).await.status, 200);
    assert_eq!(dynamodb.recorder().requests(), ["Query", "PutItem"]);
    assert!(dynamodb.recorder().read_units() <= 1.0);
    assert!(dynamodb.recorder().write_units() <= 1.0);
}

/// Another customer is refused alike, whatever is true of the order and though it knows the key of a request; so is
/// nobody. An admin is not.
pub async fn somebody_elses_order_is_not_touched_and_nothing_is_told_of_it<F: CommandFunction>() {
    let store = prepared::<F>().await;
    let (before, code) = (store.appends(), json!("urn:cqrs-ecommerce:problem:not-yours"));
    let another = || signed_in(its_sample::<F>(), "user-0815", "orders:read orders:write");
    for tag in [None, Some("\"1\""), Some("\"99\"")] {
        let mut event = another();
        event.payload.headers.remove("if-match");
        if let Some(tag) = tag {
            event.payload.headers.insert("if-match", tag.parse().unwrap());
        }
        let refused = answered::<F>(&store, event).await;
        assert_eq!((refused.status, &refused.body["type"]), (403, &code), "{tag:?}");
        assert_eq!(refused.body.get("detail"), None);
    }
    assert_eq!(answered::<F>(&store, anonymous(its_sample::<F>())).await.status, 401);
    assert_eq!(store.appends(), before);
    let admin = signed_in(its_sample::<F>(), "operator-0001", "orders:admin");
    assert_eq!(answered::<F>(&store, admin).await.status, 200);
    assert_eq!(answered::<F>(&store, another()).await.status, 403, "the first answer is not another's");
}
