//! The reaction `notify-customer` behind its rule of the event bus.
//!
//! The bus invokes the function at least once for each event that the rule selects, in any order. Lambda repeats a failed
//! invocation, and then keeps the event in a queue.
//!
//! Source: AWS Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation".

use std::sync::Arc;
use std::time::Duration;

use domain::order::OrderEvent;
use event_bus::PublishedEvent;
use event_store::DynamoEventStore;
use reaction::{ReactionError, handle};
use reactions::NotifyCustomer;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::Mutation;
use crate::aws::{client, published_in_known_form};
use crate::mutation::ports::MutatedStore;
use crate::template::{function_of, rule_of};
use crate::world::{FaultRates, Function, World};

/// The function.
const NAME: &str = Function::NOTIFY_CUSTOMER.name();
/// The number of instances of the function.
const INSTANCES: usize = 3;
/// The pause before the first repeated invocation. The next one waits twice as long.
const PAUSE: Duration = Duration::from_mins(1);
/// The most times that Lambda throttles an invocation of a run.
const THROTTLES: u32 = 3;

/// The rule that invokes the function.
pub(crate) fn rule() -> &'static str {
    &rule_of(NAME).name
}

/// One event on its way to the function.
struct Delivery {
    world: Arc<World>,
    event: PublishedEvent,
    /// The id of the delivery, which all its invocations have.
    id: Uuid,
}

/// Why an invocation failed.
enum Failure {
    Died,
    Refused(ReactionError),
}

/// Delivers `event`, which the bus has accepted, if the rule selects it. The event arrives once or several times, and
/// possibly after later events.
pub(super) fn deliver(world: &Arc<World>, event: &PublishedEvent) {
    let event = in_form_of_rule(world, event);
    let document = json!({ "source": event.source, "detail-type": event.event_type, "detail": event });
    if !rule_of(NAME).pattern.matches(&document) {
        return;
    }
    let (random, rates) = (&world.random, world.fault_rates());
    let copies = if random.chance(rates.duplicates) { random.number(2..4) } else { 1 };
    for _ in 0..copies {
        let late = random.chance(rates.delays);
        let delay = if late { random.millis(100..12_000) } else { random.millis(2..60) };
        let id = Uuid::from_u128(random.bits());
        let delivery = Delivery { world: Arc::clone(world), event: event.clone(), id };
        world.detach(async move {
            sleep(delay).await;
            delivery.run().await;
        });
    }
}

/// `event` as the deployed rule sees it. The rule of new code selects the new type. The planted bug takes a cancellation
/// for a confirmation.
fn in_form_of_rule(world: &World, event: &PublishedEvent) -> PublishedEvent {
    if world.has(Mutation::ReactionToAnotherType) && event.event_type == "OrderCancelled" {
        let taken_for = json!({ "type": "OrderConfirmed", "data": {} });
        let mut document = json!(event);
        document.as_object_mut().unwrap().extend(taken_for.as_object().unwrap().clone());
        return serde_json::from_value(document).unwrap();
    }
    let is_new = world.deployment.knows_future_events(Function::NOTIFY_CUSTOMER);
    if is_new { published_in_known_form(event) } else { event.clone() }
}

impl Delivery {
    /// Invokes the function until an invocation succeeds. After the last one, the event goes to the queue of failures.
    async fn run(self) {
        let Self { world, event, .. } = &self;
        for repeated in 0..=function_of(NAME).asynchronous.maximum_retries {
            sleep(PAUSE * repeated).await;
            for _ in 0..THROTTLES {
                if world.random.chance(world.fault_rates().throttles) {
                    sleep(world.random.millis(500..3_000)).await;
                }
            }
            let has_faults = world.fault_rates() != FaultRates::default();
            let ended = self.invoke().await;
            let outcome = match &ended {
                Ok(()) => "handled".to_owned(),
                Err(Failure::Died) => "died".to_owned(),
                Err(Failure::Refused(error)) => error.to_string(),
            };
            world.trace.note(format!("{} {NAME} {} {outcome}", world.clock.millis(), event.id));
            let Err(failure) = ended else { return };
            if !is_explained(event, &failure, has_faults) {
                world.record_violation(format!("{NAME} fails for {event:?}: {outcome}"));
            }
        }
        world.reaction_failures.send(json!({ "requestPayload": { "detail": event } }).to_string());
    }

    /// Invokes the function once. The function may die at any point; the requests that it has sent still take effect.
    async fn invoke(&self) -> Result<(), Failure> {
        let (world, random) = (&self.world, &self.world.random);
        let mut payload = json!({ "detail": self.event });
        if world.deployment.knows_future_events(Function::NOTIFY_CUSTOMER) {
            payload["detail"] = json!(published_in_known_form(&self.event));
        }
        if self.is_forgotten(&mut payload) {
            return Ok(());
        }
        let time = function_of(NAME).timeout;
        let dies = random.chance(world.fault_rates().crashes);
        let life = if dies { random.millis(1..60) } else { time };
        // Lambda freezes a sandbox after the report.
        let reports_early = world.has(Mutation::ReactionReportsEarly);
        let life = if reports_early { random.millis(1..60) } else { life };
        let begins = random.millis(0..30);
        let deadline = Instant::now() + time;
        let events = DynamoEventStore::new(client(world, NAME), world.deployment.event_table());
        let store = MutatedStore::new(world, events).caused_by(self.event.id);
        let clock = world.any_instance();
        let handled = async {
            sleep(begins).await;
            handle::<NotifyCustomer, _>(&store, payload, &clock, deadline).await
        };
        let ended = timeout(life, Box::pin(handled)).await;
        match ended {
            _ if reports_early => Ok(()),
            Err(_) => Err(Failure::Died),
            Ok(handled) => handled.map(drop).map_err(Failure::Refused),
        }
    }

    /// Changes the id of the event in `payload`, if the planted bug does so. Returns whether the planted bug drops the
    /// event.
    fn is_forgotten(&self, payload: &mut Value) -> bool {
        let world = &self.world;
        let remembers_only = world.has(Mutation::ReactionRemembersOnly);
        if remembers_only || world.has(Mutation::ReactionKeyedByDelivery) {
            payload["detail"]["id"] = json!(self.id);
        }
        let instance = remembers_only.then(|| world.random.index(INSTANCES));
        instance
            .is_some_and(|instance| !world.seen_by_reaction.lock().unwrap().insert((instance, self.event.id)))
    }
}

/// Whether an invocation may fail with `failure`. Code that does not know an event must fail. Any other invocation fails
/// only because of a fault: the function died, or the event table was not available.
fn is_explained(event: &PublishedEvent, failure: &Failure, has_faults: bool) -> bool {
    match failure {
        Failure::Died | Failure::Refused(ReactionError::Failed { .. }) => has_faults,
        Failure::Refused(ReactionError::Undecodable { .. }) => event.decode::<OrderEvent>().is_err(),
        Failure::Refused(_) => false,
    }
}

/// The events in the queue of failures.
pub(crate) fn failed_events(world: &World) -> Vec<PublishedEvent> {
    let event = |body: &String| {
        let message: Value = serde_json::from_str(body).unwrap();
        serde_json::from_value(message["requestPayload"]["detail"].clone()).unwrap()
    };
    world.reaction_failures.bodies().iter().map(event).collect()
}
