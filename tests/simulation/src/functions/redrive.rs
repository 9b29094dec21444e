//! The redrive function, which projects failed records again.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use event_store::DynamoEventStore;
use operators::LeasedAnswer;
use operators::redrive::{
    FailureQueue, Redrive, RedriveOutcome, RedriveReport, RedriveRequest, Replayer, WorkResult,
};
use projection::WritableTables;
use serde_json::Value;

use super::leased::{self, Lifetime};
use super::publisher::publisher;
use super::queues::SimulatedQueue;
use super::{PROJECTION_TIMEOUT, query_tables};
use crate::aws::client;
use crate::mutation::ports::MutatedStore;
use crate::stream::{RetainedRecords, function_arn};
use crate::world::{Function, World};

/// The time before its deadline in which a redrive works on no message.
const SETTLING: Duration = Duration::from_secs(10);

/// The redrive function.
pub(crate) struct RedriveFunction {
    world: Arc<World>,
    client: Client,
}

impl RedriveFunction {
    pub(crate) fn deployed(world: &Arc<World>) -> Self {
        Self { world: Arc::clone(world), client: client(world, Function::REDRIVE.name()) }
    }

    /// Invokes the function with `request`. `None` if it fails, dies or is refused; the requests that it has sent still take
    /// effect.
    pub(crate) async fn invoke(&self, request: &Value) -> Option<RedriveReport> {
        let world = &self.world;
        let lifetime = Lifetime::from_dice(world, SETTLING);
        let parsed: RedriveRequest = serde_json::from_value(request.clone()).unwrap();
        let (redrive, letters_before, changes) = (self.wired(), world.dead_letters.sent(), parsed.changes());
        let work = redrive.answer(parsed, lifetime.deadline);
        let name = Function::REDRIVE.name();
        let LeasedAnswer::Done(report) =
            leased::invoke(world, name, (request, changes), lifetime, work).await?
        else {
            return None;
        };
        let stored = world.dead_letters.sent() - letters_before;
        if stored < set_aside(&report) {
            let only = format!("but the dead-letter queue got {stored} letters");
            world.record_violation(format!("{} reports {report:?}, {only}", Function::REDRIVE.name()));
        }
        Some(report)
    }

    /// A new instance of the function, wired like in its binary.
    fn wired(&self) -> Redrive<MutatedStore, SimulatedQueue, RetainedRecords> {
        let (world, client) = (&self.world, &self.client);
        let events = DynamoEventStore::new(client.clone(), world.deployment.event_table());
        let entry = |function: Function| format!("{}={}", function.name(), function_arn(function));
        let functions: Vec<String> = Function::all().map(entry).collect();
        let queue = |queue| SimulatedQueue::new(world, queue);
        Redrive {
            views: Replayer {
                events: MutatedStore::new(world, events),
                tables: WritableTables::new(client.clone(), query_tables(world, client), world.timeline()),
                clock: Arc::clone(world) as _,
                projection_timeout: PROJECTION_TIMEOUT,
                followers: vec![Box::new(publisher(world, client))],
            },
            stream_failures: queue(FailureQueue::StreamFailures),
            dead_letters: queue(FailureQueue::DeadLetters),
            records: RetainedRecords { world: Arc::clone(world) },
            functions: functions.join(",").parse().unwrap(),
            clock: Arc::clone(world) as _,
        }
    }
}

/// The number of records and streams that went to the dead-letter queue, according to `report`.
fn set_aside(report: &RedriveReport) -> u64 {
    let RedriveReport::Work { worked, .. } = report else { return 0 };
    let number = |result: &WorkResult| match result.outcome {
        RedriveOutcome::Done { set_aside, .. } => set_aside,
        RedriveOutcome::Left { .. } => 0,
    };
    worked.iter().map(number).sum()
}
