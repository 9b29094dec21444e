//! What every command on an order passes, one function an obligation.

use es_core::{EventAppender, EventReader};
use http_api::GatewayEvent;
use serde_json::json;
use testing::InMemoryEventStore;
use testing::gateway::{Answered, anonymous, sample, samples, signed_in};

use crate::{answered, problem, run_samples};

/// The function of a command on an order. [`order_command!`](crate::order_command!) makes a test of every obligation for
/// it.
pub(crate) struct OrderCommand {
    /// The function's name.
    pub(crate) name: &'static str,
    /// The functions whose samples bring the orders to where they are before the command.
    pub(crate) after: &'static [&'static str],
    /// The name of a sample that has an idempotency key.
    pub(crate) sample: &'static str,
    /// The version and the status that every sample brings its order to.
    pub(crate) reaches: (u64, &'static str),
}

/// A test for every obligation of [`order_command`](crate::order_command) on the [`OrderCommand`] `$command`.
#[macro_export]
macro_rules! order_command {
    ($command:expr) => {
        $crate::order_command! { @each $command;
            a_repeat_under_its_key_gets_the_first_answer
            an_order_that_is_not_there_is_not_found
            every_sample_changes_its_order
            it_costs_one_query_and_one_write_unit
            somebody_elses_order_is_not_touched_and_nothing_is_told_of_it
        }
    };
    (@each $command:expr; $($obligation:ident)+) => {
        $(
            #[tokio::test]
            async fn $obligation() {
                $crate::order_command::$obligation(&$command).await;
            }
        )+
    };
}

impl OrderCommand {
    fn event(&self) -> GatewayEvent {
        sample(self.name, self.sample)
    }

    /// Brings the orders of the samples to where they are before the command.
    pub(crate) async fn prepare(&self, store: &(impl EventReader + EventAppender)) {
        for function in self.after {
            run_samples(function, store).await;
        }
    }

    async fn prepared(&self) -> InMemoryEventStore {
        let store = InMemoryEventStore::default();
        self.prepare(&store).await;
        store
    }

    async fn answered(&self, store: &(impl EventReader + EventAppender), event: GatewayEvent) -> Answered {
        answered(self.name, store, event).await
    }
}

/// Every sample of the function is carried out, and its receipt tells the order's version and status.
pub(crate) async fn every_sample_changes_its_order(command: &OrderCommand) {
    for (name, event) in samples(command.name) {
        let store = command.prepared().await;
        let changed = command.answered(&store, event).await;
        assert_eq!(changed.status, 200, "{name}: {}", changed.body);
        let receipt = (&changed.body["version"], &changed.body["status"]);
        let (version, status) = command.reaches;
        assert_eq!(receipt, (&json!(version), &json!(status)), "{name}");
        assert_eq!(changed.header("etag"), format!("\"{version}\""), "{name}");
    }
}

/// The same request under its key gets the same answer, which says that it is a repeat.
pub(crate) async fn a_repeat_under_its_key_gets_the_first_answer(command: &OrderCommand) {
    let store = command.prepared().await;
    let first = command.answered(&store, command.event()).await;
    let again = command.answered(&store, command.event()).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
}

/// Without its order it is a 404.
pub(crate) async fn an_order_that_is_not_there_is_not_found(command: &OrderCommand) {
    let missed = command.answered(&InMemoryEventStore::default(), command.event()).await;
    assert_eq!(problem(&missed), (404, "not-found"));
}

/// An order of a few commits is one read of one unit, and one write of one unit.
pub(crate) async fn it_costs_one_query_and_one_write_unit(command: &OrderCommand) {
    let (dynamodb, store) = crate::dynamodb().await;
    command.prepare(&store).await;
    dynamodb.recorder().clear();
    assert_eq!(command.answered(&store, command.event()).await.status, 200);
    crate::assert_one_query_and_one_write_unit(&dynamodb);
}

/// Another customer is refused alike, whatever is true of the order and though it knows the key of a request; so is
/// nobody. An admin is not.
pub(crate) async fn somebody_elses_order_is_not_touched_and_nothing_is_told_of_it(command: &OrderCommand) {
    let store = command.prepared().await;
    let before = store.appends();
    let another = || signed_in(command.event(), "user-0815", "orders:read orders:write");
    for tag in [None, Some("\"1\""), Some("\"99\"")] {
        let mut event = another();
        event.payload.headers.remove("if-match");
        if let Some(tag) = tag {
            event.payload.headers.insert("if-match", tag.parse().unwrap());
        }
        let refused = command.answered(&store, event).await;
        assert_eq!(problem(&refused), (403, "not-yours"), "{tag:?}");
        assert_eq!(refused.body.get("detail"), None);
    }
    assert_eq!(command.answered(&store, anonymous(command.event())).await.status, 401);
    assert_eq!(store.appends(), before);
    let admin = signed_in(command.event(), "operator-0001", "orders:admin");
    assert_eq!(command.answered(&store, admin).await.status, 200);
    assert_eq!(command.answered(&store, another()).await.status, 403, "the first answer is not another's");
}
