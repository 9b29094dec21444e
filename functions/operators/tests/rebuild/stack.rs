//! The test stack: the world with the switch of the generations and the rebuild function.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{Clock, Timestamp};
use event_store::DynamoEventStore;
use operators::rebuild::{
    BuildReport, BuildState, CompareState, GenerationSwitch, GenerationsReport, RebuildOperator,
    RebuildReport, RebuildRequest, SettleTimes,
};
use operators::{Lease, LeasedAnswer};
use serde_json::{Value, json};
use view_store::{DynamoGenerations, Generation, GenerationNames, Stage};

use crate::world::{PAUSE, World, in_two_minutes, settings};

/// A time to settle that is longer than an invocation.
pub(crate) const SETTLE: Duration = Duration::from_hours(1);

/// The live generation and the stage of the other one, as the report has them.
pub(crate) fn switched(report: &RebuildReport) -> (Generation, Option<Stage>) {
    match report {
        RebuildReport::Generations(GenerationsReport { live, stage, .. }) => (*live, *stage),
        report => panic!("{report:?}"),
    }
}

/// A clock that a test moves.
struct MovedClock(AtomicI64);

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

/// A world whose live generation is blue, and the function.
pub(crate) struct Stack {
    pub(crate) world: World,
    pub(crate) green: String,
    operations: String,
    pub(crate) operator: RebuildOperator<DynamoEventStore>,
    clock: Arc<MovedClock>,
}

impl Stack {
    /// A stack in which changes of the switch settle within `settle`.
    pub(crate) async fn new(settle: Duration) -> Self {
        let (world, green) = World::with_table().await;
        let (client, clock) = (world.db.client(), Arc::new(MovedClock(AtomicI64::new(1_000_000))));
        let operations = world.db.operations_table().await;
        let operator = RebuildOperator {
            events: world.events.clone(),
            event_table: world.event_table.clone(),
            names: GenerationNames { blue: world.live.clone(), green: green.clone() },
            switch: GenerationSwitch {
                store: DynamoGenerations::new(client.clone(), &operations),
                clock: Arc::clone(&clock) as _,
                settle_times: SettleTimes { of_projections: settle, of_queries: settle },
            },
            client,
            settings: settings(),
            pause: PAUSE,
        };
        Self { world, green, operations, operator, clock }
    }

    async fn try_ask(&self, request: Value) -> Result<RebuildReport, String> {
        let request: RebuildRequest = serde_json::from_value(request).unwrap();
        self.operator.answer(request, in_two_minutes()).await.map_err(|error| error.to_string())
    }

    pub(crate) async fn ask(&self, request: Value) -> RebuildReport {
        self.try_ask(request).await.unwrap()
    }

    pub(crate) async fn refusal(&self, request: Value) -> String {
        let refusal = self.try_ask(request).await.unwrap_err();
        assert!(!refusal.contains("  "), "{refusal}");
        refusal
    }

    /// Invokes the function with `request`, as Lambda does.
    pub(crate) async fn invoke(&self, request: Value) -> LeasedAnswer<RebuildReport> {
        let lease =
            Lease::new(self.world.db.client(), &self.operations, "rebuild", Arc::clone(&self.clock) as _);
        let request = serde_json::from_value(request).unwrap();
        self.operator.answer_with_lease(&lease, request, in_two_minutes()).await.unwrap()
    }

    pub(crate) async fn build(&self) -> BuildReport {
        match self.ask(json!({"task": "build"})).await {
            RebuildReport::Build(report) => report,
            report => panic!("{report:?}"),
        }
    }

    pub(crate) async fn compare(&self) -> CompareState {
        match self.ask(json!({"task": "compare"})).await {
            RebuildReport::Compare(report) => report.state,
            report => panic!("{report:?}"),
        }
    }

    /// The live generation and the stage of the other one.
    pub(crate) async fn state(&self) -> (Generation, Option<Stage>) {
        let generations = self.operator.switch.load().await.unwrap();
        (generations.live, generations.stage())
    }

    /// Begins, builds and compares the generation green.
    pub(crate) async fn with_equal_generation(self) -> Self {
        self.ask(json!({"task": "begin"})).await;
        assert_eq!(self.build().await.state, BuildState::Done);
        assert_eq!(self.compare().await, CompareState::Equal);
        self
    }

    pub(crate) fn wait(&self, time: Duration) {
        self.clock.0.fetch_add(i64::try_from(time.as_micros()).unwrap(), Ordering::Relaxed);
    }

    /// The same stack, whose generation green has an item of an earlier time.
    pub(crate) async fn world_with_old_green(self) -> Self {
        let key = ("order#old", AttributeValue::S("view".to_owned()));
        let one = AttributeValue::N("1".to_owned());
        self.world.db.set(&self.green, key, "version", one).await;
        self
    }
}
