//! The simulated API. It sends a request to the function of its route and returns the response, which may be lost.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use es_core::Timestamp;
use event_store::DynamoEventStore;
use http_api::GatewayResponse;
use testing::gateway::Answered;
use tokio::time::timeout;
use view_store::Generation;

use super::request::SimulatedRequest;
use super::{Instances, Prices};
use crate::Mutation;
use crate::aws::client;
use crate::mutation::ports::{ALL_OPERATORS, MutatedStore};
use crate::world::{Notifier, World, table_of};

/// The timeout of every function behind the API: the longest one that such a function has in the template.
const TIMEOUT: Duration = Duration::from_secs(25);

/// The API and the functions behind it.
pub(crate) struct Api {
    pub(crate) world: Arc<World>,
    store: MutatedStore,
    queries: Instances,
    prices: Prices,
    /// The number of requests that have not ended.
    open: AtomicUsize,
    /// Notifies when a request has ended.
    ended: Notifier,
}

impl Api {
    pub(crate) fn deployed(world: &Arc<World>) -> Self {
        let commands = DynamoEventStore::new(client(world, "commands"), world.deployment.event_table());
        Self {
            world: Arc::clone(world),
            store: MutatedStore::new(world, commands),
            queries: Instances::new(world, client(world, "queries")),
            prices: Prices::new(world),
            open: AtomicUsize::new(0),
            ended: Notifier::default(),
        }
    }

    /// Waits until no function handles a request.
    pub(crate) async fn is_idle(&self) {
        self.ended.until(|| (self.open.load(Ordering::Relaxed) == 0).then_some(())).await;
    }

    /// Sends `request` in the invocation `id`. `None` if no response arrives; the request may have taken effect.
    pub(crate) async fn send(&self, request: &SimulatedRequest, id: &str) -> Option<Answered> {
        let world = &self.world;
        let (random, fault_rates) = (&world.random, world.fault_rates());
        let life = if random.chance(fault_rates.crashes) { random.millis(1..60) } else { TIMEOUT };
        let store = self.store.used_by(&request.caller);
        let handled = self.handle(store, self.tampered(request.clone()), id);
        self.open.fetch_add(1, Ordering::Relaxed);
        let answered = timeout(life, Box::pin(handled)).await.ok();
        self.open.fetch_sub(1, Ordering::Relaxed);
        self.ended.notify();
        let answered = answered.map(Answered::from).filter(|_| !random.chance(fault_rates.lost_replies));
        let status = answered.as_ref().map(|answered| answered.status);
        world.trace.note(format!("{} {} {status:?}", world.clock.millis(), request.route));
        answered
    }

    /// Applies the planted bug to `request`.
    fn tampered(&self, mut request: SimulatedRequest) -> SimulatedRequest {
        match self.world.mutation {
            Some(Mutation::KeyLostOnTheWay) => request.key = None,
            Some(Mutation::KeyOfAnyOperator) if request.caller.is_admin => {
                ALL_OPERATORS.clone_into(&mut request.caller.subject);
            }
            Some(Mutation::PreconditionIgnored) => request.if_match = None,
            Some(Mutation::WaitIgnored) if request.route == "get-order" => request.query.clear(),
            _ => {}
        }
        request
    }

    async fn handle(&self, store: MutatedStore, request: SimulatedRequest, id: &str) -> GatewayResponse {
        let instance = self.world.any_instance();
        let prices = self.prices.of_instance(instance.number);
        let api = commands::api(Arc::new(instance));
        let timeout = i64::try_from(TIMEOUT.as_micros()).unwrap();
        let deadline = Timestamp::from_micros(self.world.clock.micros() + timeout).unwrap();
        let (name, request) = (request.function(), api.request(request.event(id, deadline)));
        let command = commands::dispatch(name, &store, &prices, &request).await;
        if let Some(response) = command {
            return response;
        }
        let instance = self.queries.any();
        let (began, last_read) = (self.world.clock.millis(), Cell::new(Generation::Blue));
        let read = async |generation| {
            last_read.set(generation);
            let (client, table) = (instance.client.clone(), table_of(generation));
            queries::dispatch(name, client, table, &request).await.unwrap()
        };
        if let Some(generation) = self.world.deployment.checked() {
            return read(generation).await;
        }
        let read = async |live| self.read_live(live, &read).await;
        let response = queries::live::answer(&instance.tables.known, &request, read).await;
        self.check_read(last_read.get(), began, &response);
        response
    }

    /// Checks that a query that began at the time `began` has read a generation that was live within the maximum age.
    fn check_read(&self, read: Generation, began: u64, response: &GatewayResponse) {
        let world = &self.world;
        let oldest = began.saturating_sub(u64::try_from(world.max_age.as_millis()).unwrap());
        if response.status_code < 500 && !world.switch_log.was_live_since(read, oldest) {
            world.record_violation(format!("a query reads the generation {read}, which is not live"));
        }
    }

    /// Reads the generation `live` with `read`, which the instance of a query takes for the live one. The planted bug reads
    /// the generation that is built.
    async fn read_live(
        &self,
        live: Generation,
        read: &impl AsyncFn(Generation) -> GatewayResponse,
    ) -> GatewayResponse {
        let world = &self.world;
        let is_building = world.switch_log.stage().as_deref() == Some("building");
        let read_early = world.has(Mutation::IncompleteGenerationRead) && is_building;
        read(if read_early { live.other() } else { live }).await
    }
}
