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

use super::{Call, Reply, shortage};
use crate::mutation::tampering;
use crate::world::World;

/// The most commits in one page of a scan. A run has only dozens of commits, and a scan should have several pages.
const SCANNED: u64 = 4;

/// The network connection of one function.
#[derive(Clone)]
pub(super) struct Wire {
    pub(super) world: Arc<World>,
    pub(super) caller: &'static str,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("caller", &self.caller).finish_non_exhaustive()
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap();
        let operation = target.rsplit('.').next().unwrap().to_owned();
        let bytes = request.body().bytes().unwrap();
        let call = Call { caller: self.caller, operation, body: serde_json::from_slice(bytes).unwrap() };
        HttpConnectorFuture::new(carry(Arc::clone(&self.world), call, bytes.len()))
    }
}

/// Transports `call` to the service and the response back, unless the request's fate prevents this.
///
/// The request arrives in a separate task, because it takes effect even if the caller has given up or died.
async fn carry(world: Arc<World>, call: Call, length: usize) -> Result<HttpResponse, ConnectorError> {
    let course = draw(&world, &call);
    let line =
        format!("{} {} {} {length} {:?}", world.clock.millis(), call.caller, call.operation, course.fate);
    let (answer, answered) = oneshot::channel();
    world.detach(arrive(Arc::clone(&world), call, course, answer));
    let reply = answered.await.unwrap();
    sleep(course.back).await;
    world.trace.note(format!("{line} {} {} {}", world.clock.millis(), reply.status, reply.body.len()));
    match course.fate {
        Fate::Answered | Fate::Throttled | Fate::Failed | Fate::FalselyFailed | Fate::Conflicted => {
            Ok(reply.into())
        }
        Fate::RequestLost | Fate::AnswerLost => Err(ConnectorError::io("the connection is lost".into())),
        Fate::Silence => std::future::pending().await,
    }
}

/// Processes a request at the service.
async fn arrive(world: Arc<World>, call: Call, course: Course, answer: oneshot::Sender<Reply>) {
    sleep(course.there).await;
    let reply = match course.fate {
        Fate::Answered | Fate::AnswerLost | Fate::Silence => effect(&world, call, course).await,
        Fate::FalselyFailed => {
            effect(&world, call, course).await;
            Reply::failure()
        }
        Fate::Throttled => tampering::refusal(&world, &call, Reply::throttle()),
        Fate::RequestLost | Fate::Failed => Reply::failure(),
        Fate::Conflicted => Reply::conflict(call.body["TransactItems"].as_array().map_or(0, Vec::len)),
    };
    // The caller may have given up, so the error is ignored.
    answer.send(reply).ok();
}

/// Executes `call`, possibly with an incomplete response.
async fn effect(world: &Arc<World>, mut call: Call, course: Course) -> Reply {
    if call.operation == "Scan" && call.is_about_events() {
        shortage::limit(&mut call, SCANNED);
    }
    let unprocessed = if course.is_short { shortage::shorten(&mut call, &world.dice) } else { None };
    let reply = tampering::effect(world, call.clone()).await;
    tampering::answer(world, &call, shortage::add_unprocessed(reply, unprocessed))
}

/// The fate of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// The request takes effect, and the response arrives.
    Answered,
    /// The request never arrives.
    RequestLost,
    /// The request takes effect, and the connection breaks before the response.
    AnswerLost,
    /// The request takes effect, and no response ever arrives.
    Silence,
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
struct Course {
    fate: Fate,
    /// The latency of the request.
    there: Duration,
    /// The latency of the response.
    back: Duration,
    /// Whether the response is incomplete.
    is_short: bool,
}

/// Draws the course of `call`.
fn draw(world: &World, call: &Call) -> Course {
    let (dice, weather) = (&world.dice, world.weather());
    let only = |applies: bool, permille| if applies { permille } else { 0 };
    let in_transaction = call.operation == "TransactWriteItems";
    let fates = [
        (weather.lost_requests, Fate::RequestLost),
        (weather.lost_answers, Fate::AnswerLost),
        (weather.silences, Fate::Silence),
        (weather.throttles, Fate::Throttled),
        (weather.failures, Fate::Failed),
        (weather.false_failures, Fate::FalselyFailed),
        (only(in_transaction, weather.transaction_conflicts), Fate::Conflicted),
        (only(call.is_about_second_generation(), weather.new_table_throttles), Fate::Throttled),
    ];
    let fate =
        fates.into_iter().find(|(permille, _)| dice.chance(*permille)).map_or(Fate::Answered, |fate| fate.1);
    let slow = dice.chance(weather.slowness);
    let way = || if slow { dice.millis(100..2_500) } else { dice.millis(1..12) };
    let (there, back) = (way(), way());
    Course { fate, there, back, is_short: dice.chance(weather.short_answers) }
}
