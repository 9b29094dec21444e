//! The mappings of a running stack. Each has a task that reads its source while the mapping is enabled.
//!
//! A mapping that is disabled finishes the invocations that have begun. It continues at its checkpoints when it is
//! enabled again. A restart of the stack restores the setting of the template.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use stack_base::clock::now_ms;
use stack_base::stop::{Stop, Stopped};
use stack_base::store::SqliteStore;
use stack_kinesis::{Checkpoints, KinesisError, SequenceNumber, Shard};
use stack_lambda::Invoke;
use stack_template::{EventSource, EventSourceMapping, StartingPosition};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::context::{Context, MappingError};
use super::lineage::Lineage;
use super::progress::Progress;
use super::queue::Poller;

/// All mappings. Clones share them.
#[derive(Debug, Clone)]
pub struct Mappings(pub(super) Arc<Vec<Arc<Mapping>>>);

/// One mapping and its state.
#[derive(Debug)]
pub(super) struct Mapping {
    pub(super) settings: EventSourceMapping,
    /// The id of the mapping in the API. It depends on the mapping's id in the template only.
    pub(super) uuid: Uuid,
    pub(super) progress: Progress,
    enabled: watch::Sender<bool>,
    is_reading: AtomicBool,
    modified_ms: AtomicI64,
}

impl Mappings {
    /// The mappings of a template. None of them reads yet.
    #[must_use]
    pub fn new(mappings: &[EventSourceMapping]) -> Self {
        let mapping = |settings: &EventSourceMapping| {
            Arc::new(Mapping {
                uuid: Uuid::new_v5(&Uuid::NAMESPACE_URL, settings.id.as_bytes()),
                enabled: watch::Sender::new(settings.enabled),
                is_reading: AtomicBool::new(false),
                modified_ms: AtomicI64::new(now_ms()),
                progress: Progress::default(),
                settings: settings.clone(),
            })
        };
        Self(Arc::new(mappings.iter().map(mapping).collect()))
    }

    /// Starts a task for each mapping, which ends when the stack stops.
    ///
    /// `role` gives the name of a function's role. Each record of a Kinesis event contains its ARN.
    ///
    /// # Errors
    /// [`MappingError`] when a stream or the checkpoints cannot be read.
    pub fn start<I: Invoke>(
        &self,
        role: impl Fn(&str) -> String,
        context: &Context<I>,
        store: &SqliteStore,
        stopped: &Stopped,
    ) -> Result<Vec<JoinHandle<()>>, MappingError> {
        let start = |mapping: &Arc<Mapping>| {
            let settings = &mapping.settings;
            let reader = Reader {
                mapping: Arc::clone(mapping),
                role: role(&settings.function),
                context: context.for_source(&settings.source),
                store: store.clone(),
            };
            if settings.enabled {
                reader.begin()?;
            }
            Ok(tokio::spawn(reader.run(stopped.clone())))
        };
        self.0.iter().map(start).collect()
    }
}

impl Mapping {
    /// Enables or disables the mapping. Returns false if it was so already.
    pub(super) fn enable(&self, enabled: bool) -> bool {
        let changed = self.enabled.send_if_modified(|before| std::mem::replace(before, enabled) != enabled);
        if changed {
            self.modified_ms.store(now_ms(), Ordering::Relaxed);
        }
        changed
    }

    /// The state in the words of the API.
    pub(super) fn state(&self) -> &'static str {
        match (*self.enabled.borrow(), self.is_reading.load(Ordering::Relaxed)) {
            (true, true) => "Enabled",
            (true, false) => "Enabling",
            (false, true) => "Disabling",
            (false, false) => "Disabled",
        }
    }

    /// Time of the last change, in milliseconds since the epoch.
    pub(super) fn modified_ms(&self) -> i64 {
        self.modified_ms.load(Ordering::Relaxed)
    }
}

/// Reads the source of one mapping while the mapping is enabled.
struct Reader<I> {
    mapping: Arc<Mapping>,
    role: String,
    context: Context<I>,
    store: SqliteStore,
}

impl<I: Invoke> Reader<I> {
    async fn run(self, mut stopped: Stopped) {
        let mut enabled = self.mapping.enabled.subscribe();
        while !stopped.is_sent() {
            tokio::select! {
                () = stopped.wait() => return,
                _ = enabled.wait_for(|enabled| *enabled) => {}
            }
            self.mapping.is_reading.store(true, Ordering::Relaxed);
            let stop = Stop::default();
            let reading = self.read(stop.listen());
            let ending = async {
                tokio::select! {
                    () = stopped.wait() => {}
                    _ = enabled.wait_for(|enabled| !*enabled) => {}
                }
                stop.send();
            };
            if let (Err(error), ()) = tokio::join!(reading, ending) {
                tracing::error!(mapping = self.mapping.settings.id, %error, "the mapping cannot read its source");
            }
            self.mapping.is_reading.store(false, Ordering::Relaxed);
        }
    }

    async fn read(&self, stopped: Stopped) -> Result<(), MappingError> {
        let settings = self.mapping.settings.clone();
        let (context, progress) = (self.context.clone(), self.mapping.progress.clone());
        if let EventSource::Sqs { queue } = &settings.source {
            let queue = queue.clone();
            Poller { mapping: settings, queue, context, progress, stopped }.run().await;
            return Ok(());
        }
        self.begin()?;
        let (role, store) = (self.role.clone(), self.store.clone());
        Lineage::new(settings, role, context, store, progress, stopped)?.run().await;
        Ok(())
    }

    /// Stores the starting position of a mapping from a stream, unless the mapping has checkpoints.
    fn begin(&self) -> Result<(), MappingError> {
        let (mapping, kinesis) = (&self.mapping.settings, &self.context.kinesis);
        if matches!(mapping.source, EventSource::Sqs { .. }) {
            return Ok(());
        }
        let stream = mapping.source.record_stream();
        let position = |shard: &Shard| match mapping.starting_position {
            StartingPosition::TrimHorizon => Ok(SequenceNumber(0)),
            StartingPosition::Latest => kinesis.newest(),
            StartingPosition::AtTimestamp(ms) => kinesis.before_time(&stream, shard.number, ms),
        };
        let shards = kinesis.shards(&stream)?;
        let positions: Vec<(u32, SequenceNumber)> = shards
            .iter()
            .map(|shard| Ok((shard.number, position(shard)?)))
            .collect::<Result<_, KinesisError>>()?;
        Ok(Checkpoints::begin(&self.store, mapping, &positions)?)
    }
}
