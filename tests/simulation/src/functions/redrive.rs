//! The redrive function, which projects failed records again.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use event_store::DynamoEventStore;
use operators::LeasedAnswer;
use operators::redrive::{
    FailureQueue, Redrive, RedriveOutcome, RedriveReport, RedriveRequest, Replayer, WorkResult,
};
use projection::Stores;
use serde_json::Value;
use view_store::QueryTable;

use super::leased::{self, Lifetime};
use super::queues::SimulatedQueue;
use crate::aws::client;
use crate::mutation::ports::MutatedStore;
use crate::stream::{RetainedRecords, function_arn};
use crate::world::{Function, Generation, World};

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
        let lifetime = Lifetime::from_dice(world, Duration::ZERO);
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

    /// The function, wired like in its binary, with the generations that it currently feeds.
    fn wired(&self) -> Redrive<MutatedStore, SimulatedQueue, RetainedRecords> {
        let world = &self.world;
        let (live, other) = world.deployment.fed_by(Function::REDRIVE);
        let table = |generation: Generation| QueryTable {
            client: self.client.clone(),
            name: generation.table().to_owned(),
            timeline: world.timeline(),
        };
        let events = MutatedStore::new(
            world,
            DynamoEventStore::new(self.client.clone(), world.deployment.event_table()),
        );
        let (tables, clock) = ((table(live), other.map(table)), Arc::clone(world) as _);
        let entry = |function: Function| format!("{}={}", function.name(), function_arn(function));
        let functions: Vec<String> = Function::all().map(entry).collect();
        let queue = |queue| SimulatedQueue::new(world, queue, live.table());
        Redrive {
            views: Replayer::with_stores(Stores { events, tables, clock }),
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
