//! The requests of the operator or the schedule, and the reports that answer them.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use es_core::EventReader;
use lambda::Error;
use projection::{Stores, WrittenTables};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};
use view_store::{
    DynamoParity, DynamoProgress, EmptiedTable, GenerationNames, Generations, QueryTable, Stage,
};

use crate::pace::Pace;
use crate::rebuild::emptying::empty;
use crate::rebuild::switching::comparable;
use crate::rebuild::{
    BuildReport, BuildState, CompareReport, CompareState, Comparison, Continuation, GenerationSwitch,
    GenerationsReport, RebuildJob, Settings, SwitchError, Target,
};
use crate::{Lease, LeasedAnswer, Projections};

/// How many stages one invocation handles at most: `emptying`, `building` and `complete`. From the stages `strict` and
/// `switched`, it goes to `complete` and handles two.
const STAGES: u32 = 3;

/// How often a rebuild looks whether an operator has changed the switch.
const WATCH: Duration = Duration::from_secs(5);

/// A request, such as `{"task":"begin"}` or `{"task":"compare","from":…}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case", deny_unknown_fields)]
pub enum RebuildRequest {
    /// Begin to use the generation that is not live.
    Begin {
        /// Whether to delete its items first.
        #[serde(default)]
        empty: bool,
    },
    /// Continue the rebuild.
    Build {
        /// Whether to begin a new run first.
        #[serde(default)]
        restart: bool,
    },
    /// Report the progress of the rebuild.
    Progress {},
    /// Compare the generation that is not live with the live one.
    Compare {
        /// The `next` of an unfinished comparison.
        #[serde(default)]
        from: Option<Continuation>,
    },
    /// Make the begun generation live.
    CutOver {
        /// Whether the differences that the last comparison found are wanted.
        #[serde(default)]
        accept_differences: bool,
    },
    /// Make the generation live that was live before the cut-over.
    RollBack {
        /// Whether the differences that the last comparison found are wanted.
        #[serde(default)]
        accept_differences: bool,
    },
    /// End the use of the generation that is not live.
    End {},
}

impl RebuildRequest {
    /// Whether the request needs the lease of the function. A comparison stores its result only. An operator must be able
    /// to end a rebuild that works, and `end` is one conditional write.
    #[must_use]
    pub const fn needs_lease(&self) -> bool {
        match self {
            Self::Begin { .. } | Self::Build { .. } | Self::CutOver { .. } | Self::RollBack { .. } => true,
            Self::Progress {} | Self::Compare { .. } | Self::End {} => false,
        }
    }
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RebuildReport {
    /// The progress of the rebuild.
    Build(BuildReport),
    /// The result of the comparison.
    Compare(CompareReport),
    /// The generations after a change of the switch.
    Generations(GenerationsReport),
}

/// Executes the requests.
pub struct RebuildOperator<R> {
    /// The client that reaches the tables.
    pub client: Client,
    /// The event table.
    pub events: R,
    /// The name of the event table.
    pub event_table: String,
    /// The tables of both generations.
    pub names: GenerationNames,
    /// The switch of the generations.
    pub switch: GenerationSwitch,
    /// The number of segments and the speed limit.
    pub settings: Settings,
    /// The pause before a comparison reads differing items and counters again.
    pub pause: Duration,
}

impl<R: EventReader + Clone + 'static> RebuildOperator<R> {
    /// Executes `request` and stops at `deadline` at the latest. Takes `lease` if the request needs it.
    ///
    /// # Errors
    /// Those of [`Lease::run`] and [`RebuildOperator::answer`].
    #[tracing::instrument(name = "operator.rebuild", skip_all, fields(
        otel.kind = "server", cqrs.side = "operator", cqrs.operation = "rebuild",
        faas.invocation_id = telemetry::request_id(), faas.coldstart = telemetry::is_cold_start(),
    ))]
    pub async fn answer_with_lease(
        &self,
        lease: &Lease,
        request: RebuildRequest,
        deadline: Instant,
    ) -> Result<LeasedAnswer<RebuildReport>, Error> {
        if let Some(report) = self.answer_if_idle(&request).await? {
            return Ok(LeasedAnswer::Done(report));
        }
        lease.run(request.needs_lease(), deadline, self.answer(request, deadline)).await
    }

    /// Answers the schedule if no generation is built. Such an invocation only reads, so it needs no lease. Returns `None`
    /// for every other request.
    ///
    /// # Errors
    /// Those of [`RebuildJob::report`] and [`GenerationSwitch::load`].
    pub async fn answer_if_idle(&self, request: &RebuildRequest) -> Result<Option<RebuildReport>, Error> {
        if !matches!(request, RebuildRequest::Build { restart: false }) {
            return Ok(None);
        }
        let generations = self.switch.load().await?;
        match generations.stage() {
            None | Some(Stage::Complete) => {
                Ok(Some(RebuildReport::Build(self.progress(&generations).await?)))
            }
            Some(Stage::Emptying | Stage::Building | Stage::Strict | Stage::Switched) => Ok(None),
        }
    }

    /// Executes `request` and stops at `deadline` at the latest. The caller has the lease if the request needs it.
    ///
    /// # Errors
    /// Those of [`RebuildJob::run`], [`RebuildJob::report`], [`Comparison::run`] and [`GenerationSwitch`].
    pub async fn answer(&self, request: RebuildRequest, deadline: Instant) -> Result<RebuildReport, Error> {
        let changed = |generations| RebuildReport::Generations(GenerationsReport::from(&generations));
        let switch = &self.switch;
        let report = match request {
            RebuildRequest::Begin { empty } => changed(switch.begin(empty, self.last_run().await?).await?),
            RebuildRequest::Build { restart } => {
                if restart {
                    switch.restart(self.last_run().await?, deadline).await?;
                }
                RebuildReport::Build(self.build(deadline).await?)
            }
            RebuildRequest::Progress {} => {
                let generations = switch.load().await?;
                RebuildReport::Build(self.progress(&generations).await?)
            }
            RebuildRequest::Compare { from } => RebuildReport::Compare(self.compare(from, deadline).await?),
            RebuildRequest::CutOver { accept_differences: accepts_differences } => {
                changed(switch.cut_over(Target { is_back: false, accepts_differences }, deadline).await?)
            }
            RebuildRequest::RollBack { accept_differences: accepts_differences } => {
                changed(switch.cut_over(Target { is_back: true, accepts_differences }, deadline).await?)
            }
            RebuildRequest::End {} => changed(switch.end(deadline).await?),
        };
        tracing::info!(?report, "request answered");
        Ok(report)
    }

    /// Continues what the stage of the other generation requires. If nothing is built, this only reads the switch.
    async fn build(&self, deadline: Instant) -> Result<BuildReport, Error> {
        let (switch, times) = (&self.switch, self.switch.settle_times);
        let mut generations = switch.load().await?;
        for _ in 0..STAGES {
            let is_settled = |needed| switch.unsettled(&generations, needed).is_zero();
            generations = match generations.stage() {
                None | Some(Stage::Complete) => break,
                Some(Stage::Emptying | Stage::Building) if !is_settled(times.of_projections) => break,
                Some(Stage::Emptying) => {
                    let table = EmptiedTable::new(self.client.clone(), self.other_table(&generations));
                    let pace = Pace::new(self.settings.commits_per_second);
                    if !empty(&table, switch, &generations, &pace, deadline).await? {
                        break;
                    }
                    switch.move_on(generations, Stage::Building).await?
                }
                Some(Stage::Building) => {
                    let job = self.job(&generations);
                    let report = tokio::select! {
                        biased;
                        report = job.run(deadline) => report?,
                        changed = self.changed_since(&generations) => {
                            tracing::info!("the rebuild stops, because an operator has changed the switch");
                            generations = changed;
                            break;
                        }
                    };
                    if report.state == BuildState::Running {
                        return Ok(BuildReport { generations: (&generations).into(), ..report });
                    }
                    switch.move_on(generations, Stage::Complete).await?
                }
                Some(Stage::Switched) if !is_settled(times.of_queries) => break,
                // Only one invocation works at a time, so an invocation that has begun a cut-over has died.
                Some(Stage::Strict | Stage::Switched) => switch.move_on(generations, Stage::Complete).await?,
            };
        }
        self.progress(&generations).await
    }

    /// Waits until the switch is no longer in the state `before`, and returns its new state. While the switch cannot be
    /// read, it counts as unchanged.
    async fn changed_since(&self, before: &Generations) -> Generations {
        loop {
            sleep(WATCH).await;
            match self.switch.load().await {
                Ok(now) if now.since != before.since => return now,
                Ok(_) => {}
                Err(error) => {
                    let error = &error as &(dyn std::error::Error + 'static);
                    tracing::warn!(
                        error,
                        "the rebuild goes on without knowing whether the switch has changed"
                    );
                }
            }
        }
    }

    /// The progress in the state `generations`.
    async fn progress(&self, generations: &Generations) -> Result<BuildReport, Error> {
        let unsettled = self.switch.unsettled(generations, self.switch.settle_times.of_projections);
        let waits = !unsettled.is_zero();
        let state = match generations.stage() {
            None => BuildState::Idle,
            Some(Stage::Emptying | Stage::Building) if waits => BuildState::Waiting,
            Some(Stage::Emptying) => BuildState::Emptying,
            // A comparison is refused in this stage, even if every segment is finished.
            Some(Stage::Building) => BuildState::Running,
            Some(Stage::Complete | Stage::Strict | Stage::Switched) => BuildState::Done,
        };
        let report = match generations.stage() {
            None => BuildReport::default(),
            Some(_) => self.job(generations).report().await?,
        };
        Ok(BuildReport { state, generations: generations.into(), ..report })
    }

    /// Compares the generations and stores the result.
    async fn compare(&self, from: Option<Continuation>, deadline: Instant) -> Result<CompareReport, Error> {
        let generations = self.switch.load().await?;
        let beginning = Continuation::beginning(comparable(&generations)?);
        let from = from.unwrap_or(beginning);
        if !from.began.is_of(&generations) {
            return Err(SwitchError::OtherComparison.into());
        }
        let began = from.began;
        let report = self.comparison(&generations).run(from, deadline).await?;
        if report.state != CompareState::Unfinished {
            self.switch.record(&began, report.state == CompareState::Equal).await?;
        }
        Ok(report)
    }

    /// The number of the last run in the table of the other generation.
    async fn last_run(&self) -> Result<u64, Error> {
        let generations = self.switch.load().await?;
        Ok(DynamoProgress::new(self.client.clone(), self.other_table(&generations)).last_run().await?)
    }

    /// The rebuild of the other generation in the state `generations`.
    #[must_use]
    pub fn job(&self, generations: &Generations) -> RebuildJob<R> {
        let (name, timeline) = (self.other_table(generations).to_owned(), self.event_table.clone());
        RebuildJob {
            events: self.events.clone(),
            progress: DynamoProgress::new(self.client.clone(), &name),
            run: generations.run,
            projections: self.projections(QueryTable { client: self.client.clone(), name, timeline }),
            settings: self.settings,
        }
    }

    /// The comparison of the generations in the state `generations`.
    #[must_use]
    pub fn comparison(&self, generations: &Generations) -> Comparison {
        let [built, live] =
            [generations.other(), generations.live].map(|generation| self.names.table(generation));
        let (client, timeline) = (self.client.clone(), self.event_table.clone());
        let counters = self.projections(QueryTable { client, name: built.to_owned(), timeline }).counters();
        Comparison {
            parity: DynamoParity::new(self.client.clone(), built, live, counters),
            pause: self.pause,
        }
    }

    fn projections(&self, table: QueryTable) -> Projections {
        let (events, clock) = (self.events.clone(), Arc::clone(&self.switch.clock));
        Projections::with_stores(&Stores { events, tables: WrittenTables::only(table), clock })
    }

    fn other_table(&self, generations: &Generations) -> &str {
        self.names.table(generations.other())
    }
}
