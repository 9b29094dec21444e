//! What the instances of the functions that create orders know about prices. Each knows the products for itself.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use commands::create_order::{PriceSource, RememberedProducts};

use super::instances::COLD_STARTS;
use crate::Mutation;
use crate::world::World;

/// The maximum age under the bug [`Mutation::PricesNeverRefreshed`].
const FOREVER: Duration = Duration::from_hours(1_000_000);

/// The source of prices of each instance.
pub(crate) struct Prices {
    world: Arc<World>,
    instances: Mutex<Vec<Arc<PriceSource>>>,
}

impl Prices {
    /// The sources of new instances.
    pub(crate) fn new(world: &Arc<World>) -> Self {
        let instances = (0..world.instances()).map(|_| cold(world)).collect();
        Self { world: Arc::clone(world), instances: Mutex::new(instances) }
    }

    /// The source of the instance `number`, or of a new one with the same clock.
    pub(crate) fn of_instance(&self, number: usize) -> Arc<PriceSource> {
        let mut instances = self.instances.lock().unwrap();
        if self.world.random.chance(COLD_STARTS) {
            instances[number] = cold(&self.world);
        }
        Arc::clone(&instances[number])
    }
}

/// The source of an instance that remembers no product yet.
fn cold(world: &World) -> Arc<PriceSource> {
    let max_age = if world.has(Mutation::PricesNeverRefreshed) { FOREVER } else { world.price_max_age };
    let catalog = || PriceSource::Catalog(RememberedProducts::new(max_age));
    Arc::new(if world.prices_come_from_catalog { catalog() } else { PriceSource::Command })
}
