//! The simulated network between a function and `DynamoDB`. It replaces the SDK's HTTP client and decides the fate of
//! each request.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::sync::oneshot;
use tokio::time::sleep;
use view_store::Generation;

use super::{DynamoRequest, DynamoResponse, future_events, partial};
use crate::mutation::tampering;
use crate::world::{LONGEST_WAY, World};

/// The most commits in one page of a scan. A run has only dozens of commits, and a scan should have several pages.
const SCANNED: u64 = 4;

/// The network connection of one function.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) world: Arc<World>,
    pub(super) caller: &'static str,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("caller", &self.caller).finish_non_exhaustive()
    }
}

impl HttpClient for Connection {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connection {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap();
        let operation = target.rsplit('.').next().unwrap().to_owned();
        let bytes = request.body().bytes().unwrap();
        let call =
            DynamoRequest { caller: self.caller, operation, body: serde_json::from_slice(bytes).unwrap() };
        HttpConnectorFuture::new(carry(Arc::clone(&self.world), call, bytes.len()))
    }
}

/// Transports `call` to the service and the response back, unless the request's fate prevents this.
///
/// The request arrives in a separate task, because it takes effect even if the caller has given up or died.
async fn carry(
    world: Arc<World>,
    call: DynamoRequest,
    length: usize,
) -> Result<HttpResponse, ConnectorError> {
    let plan = draw(&world, &call);
    let line =
        format!("{} {} {} {length} {:?}", world.clock.millis(), call.caller, call.operation, plan.fate);
    let (answer, answered) = oneshot::channel();
    world.detach(arrive(Arc::clone(&world), call, plan, answer));
    let reply = answered.await.unwrap();
    sleep(plan.back).await;
    world.trace.note(format!("{line} {} {} {}", world.clock.millis(), reply.status, reply.body.len()));
    match plan.fate {
        RequestFate::Answered
        | RequestFate::Throttled
        | RequestFate::Failed
        | RequestFate::FalselyFailed
        | RequestFate::Conflicted => Ok(reply.into()),
        RequestFate::RequestLost | RequestFate::AnswerLost => {
            Err(ConnectorError::io("the connection is lost".into()))
        }
        RequestFate::Silence | RequestFate::Unreachable => std::future::pending().await,
    }
}

/// Processes a request at the service.
async fn arrive(
    world: Arc<World>,
    call: DynamoRequest,
    plan: RequestPlan,
    answer: oneshot::Sender<DynamoResponse>,
) {
    sleep(plan.there).await;
    let reply = match plan.fate {
        RequestFate::Answered | RequestFate::AnswerLost | RequestFate::Silence => {
            effect(&world, call, plan).await
        }
        RequestFate::FalselyFailed => {
            effect(&world, call, plan).await;
            DynamoResponse::failure()
        }
        RequestFate::Throttled => tampering::refusal(&world, &call, DynamoResponse::throttle()),
        RequestFate::RequestLost | RequestFate::Failed | RequestFate::Unreachable => {
            DynamoResponse::failure()
        }
        RequestFate::Conflicted => {
            DynamoResponse::conflict(call.body["TransactItems"].as_array().map_or(0, Vec::len))
        }
    };
    // The caller may have given up, so the error is ignored.
    answer.send(reply).ok();
}

/// Executes `call`, possibly with an incomplete response.
async fn effect(world: &Arc<World>, mut call: DynamoRequest, plan: RequestPlan) -> DynamoResponse {
    if call.operation == "Scan" && call.is_about_events() {
        partial::limit(&mut call, SCANNED);
    }
    future_events::write(world, &mut call);
    let unprocessed = if plan.is_short { partial::shorten(&mut call, &world.random) } else { None };
    let reply = tampering::effect(world, call.clone()).await;
    let reply = tampering::answer(world, &call, partial::add_unprocessed(reply, unprocessed));
    future_events::read(world, &call, reply)
}

/// The fate of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RequestFate {
    /// The request takes effect, and the response arrives.
    Answered,
    /// The request never arrives.
    RequestLost,
    /// The request takes effect, and the connection breaks before the response.
    AnswerLost,
    /// The request takes effect, and no response ever arrives.
    Silence,
    /// The request never arrives, and no response ever arrives.
    Unreachable,
    /// The service throttles the request.
    Throttled,
    /// The response is 500, and the request has no effect.
    Failed,
    /// The response is 500, although the request takes effect.
    FalselyFailed,
    /// The transaction conflicts with another.
    Conflicted,
}

/// The fate of a request and its latencies.
#[derive(Debug, Clone, Copy)]
struct RequestPlan {
    fate: RequestFate,
    /// The latency of the request.
    there: Duration,
    /// The latency of the response.
    back: Duration,
    /// Whether the response is incomplete.
    is_short: bool,
}

/// Draws the course of `call`.
fn draw(world: &World, call: &DynamoRequest) -> RequestPlan {
    let (random, fault_rates) = (&world.random, world.fault_rates());
    let only = |applies: bool, permille| if applies { permille } else { 0 };
    let is_down = world.outage.at(world.clock.millis()).is_some_and(|generation| call.is_about(generation));
    let in_transaction = call.operation == "TransactWriteItems";
    let fates = [
        (fault_rates.lost_requests, RequestFate::RequestLost),
        (fault_rates.lost_answers, RequestFate::AnswerLost),
        (fault_rates.silences, RequestFate::Silence),
        (fault_rates.throttles, RequestFate::Throttled),
        (fault_rates.failures, RequestFate::Failed),
        (fault_rates.false_failures, RequestFate::FalselyFailed),
        (only(in_transaction, fault_rates.transaction_conflicts), RequestFate::Conflicted),
        (only(call.is_about(Generation::Green), fault_rates.new_table_throttles), RequestFate::Throttled),
        (only(is_down, fault_rates.outages), RequestFate::Unreachable),
    ];
    let fate = fates
        .into_iter()
        .find(|(permille, _)| random.chance(*permille))
        .map_or(RequestFate::Answered, |fate| fate.1);
    let slow = random.chance(fault_rates.slowness);
    let longest = u64::try_from(LONGEST_WAY.as_millis()).unwrap();
    let way = || if slow { random.millis(100..longest) } else { random.millis(1..12) };
    let (there, back) = (way(), way());
    RequestPlan { fate, there, back, is_short: random.chance(fault_rates.short_answers) }
}
