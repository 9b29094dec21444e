//! The map of the template: its functions, tables, streams and queues, their connections, and what happens in them.
//!
//! The side of a function follows from its events: a function with a mapping is a consumer, the target of a rule is a
//! reaction, a function with a route that changes something is a writer, one with other routes is a reader, and every
//! other function is an operator. The tables, queues and event buses that a function uses are those that its role
//! names in full.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::Arc;

use dynoxide::Database;
use serde::Serialize;
use stack_base::account::{DEFAULT_BUS, event_bus_arn, queue_arn, table_arn};
use stack_base::clock::{millis, now_ms};
use stack_events::{BusCounts, EventLog, RuleCounts};
use stack_kinesis::{Kinesis, ShardBacklog, shard_id};
use stack_lambda::{InvocationCounts, Lambda};
use stack_sqs::Sqs;
use stack_template::{Effect, EventReceiver, EventSource, EventSourceMapping, Function, HttpRoute, Template};

use super::item::ConsoleError;

/// Counts the changes of each table that are not in its stream yet.
pub type CountUnpublished =
    Arc<dyn Fn() -> Result<BTreeMap<String, u64>, Box<dyn Error + Send + Sync>> + Send + Sync>;

/// Reads the map.
pub(super) struct Map {
    pub(super) template: Template,
    pub(super) database: Database,
    pub(super) kinesis: Kinesis,
    pub(super) sqs: Sqs,
    pub(super) lambda: Lambda,
    pub(super) events: EventLog,
    pub(super) unpublished: CountUnpublished,
}

/// The map at one moment.
#[derive(Debug, Serialize)]
pub(super) struct MapView {
    functions: Vec<FunctionView>,
    tables: Vec<TableView>,
    streams: Vec<StreamView>,
    mappings: Vec<MappingView>,
    queues: Vec<QueueView>,
    buses: Vec<BusCounts>,
    rules: Vec<RuleCounts>,
}

/// What invokes a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Side {
    Writer,
    Consumer,
    Reaction,
    Reader,
    Operator,
}

#[derive(Debug, Serialize)]
struct FunctionView {
    name: String,
    binary: String,
    side: Side,
    /// Method and path of each route.
    routes: Vec<String>,
    /// Names of the tables that its role may read, and of those that it may change.
    reads: BTreeSet<String>,
    writes: BTreeSet<String>,
    /// Names of the queues that its role may send to, and of the event buses that it may publish to.
    sends: BTreeSet<String>,
    publishes: BTreeSet<String>,
    invocations: u64,
    errors: u64,
    throttles: u64,
    last_duration_ms: Option<i64>,
}

#[derive(Debug, Serialize)]
struct TableView {
    name: String,
    items: Option<i64>,
    /// Name of the stream of its changes.
    stream: Option<String>,
    /// Number of changes that are not in each stream of the table yet; `None` if the stack publishes no changes of it.
    unpublished: Option<u64>,
}

#[derive(Debug, Serialize)]
struct StreamView {
    name: String,
    shards: Vec<ShardView>,
}

#[derive(Debug, Serialize)]
struct ShardView {
    id: String,
    is_open: bool,
    records: u64,
}

#[derive(Debug, Serialize)]
struct MappingView {
    /// `stream`, `table` or `queue`.
    kind: &'static str,
    /// Name of the stream, table or queue that it reads.
    source: String,
    function: String,
    failure_queue: Option<String>,
    /// The unfinished records in each shard.
    shards: Vec<LagView>,
}

#[derive(Debug, Serialize)]
struct LagView {
    id: String,
    records: u64,
    /// Age of the oldest unfinished record; 0 if every record is finished.
    lag_ms: i64,
}

#[derive(Debug, Serialize)]
struct QueueView {
    name: String,
    visible: i64,
    in_flight: i64,
    delayed: i64,
}

impl Map {
    /// Reads the map with its current counts.
    ///
    /// # Errors
    /// The error of the service that cannot be read.
    pub(super) fn now(&self) -> Result<MapView, ConsoleError> {
        let Template { functions, mappings, streams, .. } = &self.template;
        let counts = self.lambda.counts();
        let function = |function: &Function| {
            self.function(function, counts.get(&function.name).copied().unwrap_or_default())
        };
        Ok(MapView {
            functions: functions.iter().map(function).collect(),
            tables: self.tables()?,
            streams: streams.iter().map(|stream| self.stream(&stream.name)).collect::<Result<_, _>>()?,
            mappings: mappings.iter().map(|mapping| self.mapping(mapping)).collect::<Result<_, _>>()?,
            queues: self.sqs.names().map(|name| self.queue(name)).collect::<Result<_, _>>()?,
            buses: self.buses(),
            rules: self.events.rules(),
        })
    }

    fn function(&self, function: &Function, counts: InvocationCounts) -> FunctionView {
        let routes = self.template.routes.iter().filter(|route| route.function == function.name);
        let tables = self.template.tables.iter().map(|table| (table.name.as_str(), table_arn(&table.name)));
        let queues = self.template.queues.iter().map(|queue| (queue.name.as_str(), queue_arn(&queue.name)));
        let buses = self.template.event_buses.iter().map(String::as_str).chain([DEFAULT_BUS]);
        FunctionView {
            name: function.name.clone(),
            binary: function.binary.clone(),
            side: self.side(function),
            routes: routes.map(|route| format!("{} {}", route.method, route.path)).collect(),
            reads: used(function, tables.clone(), &["GetItem", "BatchGetItem", "Query", "Scan"]),
            writes: used(function, tables, &["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"]),
            sends: used(function, queues, &["SendMessage"]),
            publishes: used(function, buses.map(|bus| (bus, event_bus_arn(bus))), &["PutEvents"]),
            invocations: counts.invocations,
            errors: counts.errors,
            throttles: counts.throttles,
            last_duration_ms: (counts.invocations > 0).then_some(millis(counts.last_duration)),
        }
    }

    fn side(&self, function: &Function) -> Side {
        let mut routes =
            self.template.routes.iter().filter(|route| route.function == function.name).peekable();
        if self.template.mappings.iter().any(|mapping| mapping.function == function.name) {
            Side::Consumer
        } else if self.is_target(function) {
            Side::Reaction
        } else if routes.peek().is_none() {
            Side::Operator
        } else if routes.all(HttpRoute::is_safe) {
            Side::Reader
        } else {
            Side::Writer
        }
    }

    /// True if a rule of an event bus invokes the function.
    fn is_target(&self, function: &Function) -> bool {
        let mut targets = self.template.event_rules.iter().flat_map(|rule| &rule.targets);
        targets
            .any(|target| matches!(&target.receiver, EventReceiver::Function(name) if *name == function.name))
    }

    /// The buses of the template, and the account's default bus if something uses it.
    fn buses(&self) -> Vec<BusCounts> {
        let has_rule = |bus: &BusCounts| self.template.event_rules.iter().any(|rule| rule.bus == bus.name);
        let is_shown =
            |bus: &BusCounts| bus.name != DEFAULT_BUS || bus.events + bus.refused > 0 || has_rule(bus);
        self.events.buses().into_iter().filter(is_shown).collect()
    }

    fn tables(&self) -> Result<Vec<TableView>, ConsoleError> {
        let unpublished = (self.unpublished)().map_err(ConsoleError::Backlog)?;
        let items: BTreeMap<String, i64> = self
            .database
            .table_stats()?
            .into_iter()
            .map(|table| (table.table_name, table.item_count))
            .collect();
        let tables = self.template.tables.iter().map(|table| TableView {
            name: table.name.clone(),
            items: items.get(&table.name).copied(),
            stream: table.change_stream.as_ref().map(|changes| changes.stream.clone()),
            unpublished: unpublished.get(&table.name).copied(),
        });
        Ok(tables.collect())
    }

    fn stream(&self, name: &str) -> Result<StreamView, ConsoleError> {
        let records = self.kinesis.record_counts(name)?;
        let shards = self.kinesis.shards(name)?.into_iter().map(|shard| ShardView {
            id: shard_id(shard.number),
            is_open: shard.is_open(),
            records: records.get(&shard.number).copied().unwrap_or_default(),
        });
        Ok(StreamView { name: name.to_owned(), shards: shards.collect() })
    }

    fn mapping(&self, mapping: &EventSourceMapping) -> Result<MappingView, ConsoleError> {
        let now = now_ms();
        let lag = |ShardBacklog { shard, records, oldest_ms }| LagView {
            id: shard_id(shard),
            records,
            lag_ms: oldest_ms.map_or(0, |oldest| (now - oldest).max(0)),
        };
        // Only the stack's Kinesis has the records of its streams. Those of tables and queues are not counted here.
        let (kind, backlog) = match &mapping.source {
            EventSource::Kinesis { .. } => ("stream", self.kinesis.backlog(mapping)?),
            EventSource::DynamoDb { .. } => ("table", Vec::new()),
            EventSource::Sqs { .. } => ("queue", Vec::new()),
        };
        Ok(MappingView {
            kind,
            source: mapping.source.name().to_owned(),
            function: mapping.function.clone(),
            failure_queue: mapping.on_failure_queue.clone(),
            shards: backlog.into_iter().map(lag).collect(),
        })
    }

    fn queue(&self, name: &str) -> Result<QueueView, ConsoleError> {
        let counts = self.sqs.counts(name)?;
        Ok(QueueView {
            name: name.to_owned(),
            visible: counts.visible,
            in_flight: counts.in_flight,
            delayed: counts.delayed,
        })
    }
}

/// The resources, given by name and ARN, for which a statement of the function's role allows one of the actions.
fn used<'r>(
    function: &Function,
    resources: impl Iterator<Item = (&'r str, String)>,
    actions: &[&str],
) -> BTreeSet<String> {
    let allowing = |statement: &&stack_template::Statement| {
        let names = statement.actions.iter().filter_map(|action| action.split_once(':'));
        statement.effect == Effect::Allow && names.into_iter().any(|(_, name)| actions.contains(&name))
    };
    let allowed: BTreeSet<&str> = function
        .statements
        .iter()
        .filter(allowing)
        .flat_map(|statement| statement.resources.iter().map(String::as_str))
        .collect();
    resources.filter(|(_, arn)| allowed.contains(arn.as_str())).map(|(name, _)| name.to_owned()).collect()
}
