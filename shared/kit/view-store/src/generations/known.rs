//! What a function knows about the generations. The knowledge has a limited age.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_client::{ConfigError, seconds, variable};
use aws_sdk_dynamodb::Client;
use es_core::{Clock, Timestamp};
use tokio::time::Instant;

use super::{DynamoGenerations, Generation, Generations};
use crate::ReadError;

/// The environment variable with the age in seconds up to which a function uses what it knows.
pub const MAX_AGE_VARIABLE: &str = "GENERATION_MAX_AGE";

/// The switch and its last known state. An invocation never begins with a state that is older than the maximum age.
///
/// The age is the longer of two times: that of the monotonic clock, and that of the wall clock. A sandbox is frozen
/// between two invocations, and nothing says that its monotonic clock runs on meanwhile. The wall clock may be set back.
pub struct KnownGenerations {
    store: DynamoGenerations,
    max_age: Duration,
    clock: Arc<dyn Clock>,
    known: Mutex<Option<Known>>,
}

/// A state, and the time on both clocks before it was read.
#[derive(Debug, Clone, Copy)]
struct Known {
    generations: Generations,
    instant: Instant,
    time: Timestamp,
}

impl KnownGenerations {
    /// The switch in `store`, which is not read yet.
    #[must_use]
    pub fn new(store: DynamoGenerations, max_age: Duration, clock: Arc<dyn Clock>) -> Self {
        Self { store, max_age, clock, known: Mutex::new(None) }
    }

    /// The stored switch.
    #[must_use]
    pub const fn store(&self) -> &DynamoGenerations {
        &self.store
    }

    /// The known state if it is young enough, without a request. Otherwise the state is read.
    ///
    /// # Errors
    /// [`ReadError`]. Its variants name the causes.
    pub async fn current(&self) -> Result<Generations, ReadError> {
        match self.young() {
            Some(generations) => Ok(generations),
            None => self.refresh().await,
        }
    }

    /// The known state, if it is young enough.
    #[must_use]
    pub fn young(&self) -> Option<Generations> {
        let known = self.last()?;
        let passed = self.clock.now().micros().saturating_sub(known.time.micros());
        let passed = Duration::from_micros(u64::try_from(passed).unwrap_or(0));
        let age = known.instant.elapsed().max(passed);
        (age < self.max_age).then_some(known.generations)
    }

    /// The live generation according to the last known state, however old it is. It is blue if no state is known.
    #[must_use]
    pub fn probably_live(&self) -> Generation {
        self.last().map_or(Generation::default(), |known| known.generations.live)
    }

    /// Reads the state.
    ///
    /// # Errors
    /// [`ReadError`]. Its variants name the causes.
    pub async fn refresh(&self) -> Result<Generations, ReadError> {
        let (instant, time) = (Instant::now(), self.clock.now());
        let generations = self.store.load().await?;
        let known = Known { generations, instant, time };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(generations)
    }

    fn last(&self) -> Option<Known> {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    /// The names in the environment variables `BLUE_QUERY_TABLE` and `GREEN_QUERY_TABLE`.
    ///
    /// # Errors
    /// [`ConfigError`] with the name of the variable that is missing.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Ok(Self { blue: variable("BLUE_QUERY_TABLE")?, green: variable("GREEN_QUERY_TABLE")? })
    }

    /// The table of `generation`.
    #[must_use]
    pub fn table(&self, generation: Generation) -> &str {
        match generation {
            Generation::Blue => &self.blue,
            Generation::Green => &self.green,
        }
    }
}

/// The tables of both generations, and what is known about them.
pub struct QueryTables {
    /// The names of the tables.
    pub names: GenerationNames,
    /// What is known about the generations.
    pub known: KnownGenerations,
}

impl QueryTables {
    /// The tables that [`GenerationNames::from_environment`] names, with the switch in the table that the environment
    /// variable `OPERATIONS_TABLE` names. The maximum age of what is known is in [`MAX_AGE_VARIABLE`]. `client` reaches the
    /// tables, and `side` is the function's side, for the spans.
    ///
    /// # Errors
    /// [`ConfigError`] with the name of the variable that is missing or invalid.
    pub fn from_environment(
        client: Client,
        clock: Arc<dyn Clock>,
        side: &'static str,
    ) -> Result<Self, ConfigError> {
        let store = DynamoGenerations::new(client, variable("OPERATIONS_TABLE")?).on_side(side);
        let known = KnownGenerations::new(store, seconds(MAX_AGE_VARIABLE)?, clock);
        Ok(Self { names: GenerationNames::from_environment()?, known })
    }
}
