//! The requests of the operator or the schedule, and the reports that answer them.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use es_core::EventReader;
use lambda::Error;
use projection::{Stores, WrittenTables};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use view_store::{DynamoParity, DynamoProgress, EmptiedTable, Generation, Generations, QueryTable, Stage};

use crate::Projections;
use crate::rebuild::emptying::empty;
use crate::rebuild::pace::Pace;
use crate::rebuild::switching::comparable;
use crate::rebuild::{
    BuildReport, BuildState, CompareReport, CompareState, Comparison, Continuation, GenerationSwitch,
    GenerationsReport, RebuildJob, Settings, SwitchError, Target,
};

/// How many changes of the stage one invocation makes at most: from emptying to building, and from building to complete.
const STAGES: u32 = 3;

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
    /// Whether the request changes views or the use of the generations. A comparison stores its result only.
    #[must_use]
    pub const fn changes(&self) -> bool {
        match self {
            Self::Begin { .. }
            | Self::Build { .. }
            | Self::CutOver { .. }
            | Self::RollBack { .. }
            | Self::End {} => true,
            Self::Progress {} | Self::Compare { .. } => false,
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

/// The names of the tables of both generations.
#[derive(Debug, Clone)]
pub struct GenerationNames {
    /// The table of the generation blue.
    pub blue: String,
    /// The table of the generation green.
    pub green: String,
}

impl GenerationNames {
    /// The table of `generation`.
    #[must_use]
    pub fn table(&self, generation: Generation) -> &str {
        match generation {
            Generation::Blue => &self.blue,
            Generation::Green => &self.green,
        }
    }
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
    /// Executes `request` and stops at `deadline` at the latest.
    ///
    /// # Errors
    /// Those of [`RebuildJob::run`], [`RebuildJob::report`], [`Comparison::run`] and [`GenerationSwitch`].
    #[tracing::instrument(name = "operator.rebuild", skip_all, fields(
        otel.kind = "server", cqrs.side = "operator", cqrs.operation = "rebuild",
        faas.invocation_id = telemetry::request_id(), faas.coldstart = telemetry::is_cold_start(),
    ))]
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
                    let report = self.job(&generations).run(deadline).await?;
                    if report.state == BuildState::Running {
                        return Ok(BuildReport { generations: (&generations).into(), ..report });
                    }
                    switch.move_on(generations, Stage::Complete).await?
                }
                // Only one invocation works at a time, so the invocation that began this cut-over has died.
                Some(Stage::Strict) => switch.move_on(generations, Stage::Complete).await?,
                Some(Stage::Switched) if !is_settled(times.of_queries) => break,
                Some(Stage::Switched) => switch.move_on(generations, Stage::Complete).await?,
            };
        }
        self.progress(&generations).await
    }

    /// The progress in the state `generations`.
    async fn progress(&self, generations: &Generations) -> Result<BuildReport, Error> {
        let unsettled = self.switch.unsettled(generations, self.switch.settle_times.of_projections);
        let waits = !unsettled.is_zero();
        let state = match generations.stage() {
            None => Some(BuildState::Idle),
            Some(Stage::Emptying) if !waits => Some(BuildState::Emptying),
            Some(Stage::Emptying | Stage::Building) if waits => Some(BuildState::Waiting),
            Some(Stage::Emptying | Stage::Building) => None,
            Some(Stage::Complete | Stage::Strict | Stage::Switched) => Some(BuildState::Done),
        };
        let report = match generations.stage() {
            None => BuildReport::default(),
            Some(_) => self.job(generations).report().await?,
        };
        let (state, generations) = (state.unwrap_or(report.state), generations.into());
        Ok(BuildReport { state, generations, ..report })
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
