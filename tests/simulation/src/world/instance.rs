//! The clocks of the function instances. The clocks of two machines differ, and a coarse clock gives two commits the
//! same time.

use super::Random;

/// The number of instances of the functions behind the API.
const INSTANCES: usize = 3;

/// The clock of one instance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InstanceClock {
    /// How far the clock is ahead of the simulation's clock, in microseconds.
    offset: i64,
    /// The time between two ticks, in microseconds.
    tick: i64,
}

impl InstanceClock {
    /// The clocks of all instances. In half of the worlds they are exact.
    pub(super) fn from_dice(random: &Random) -> Vec<Self> {
        if random.chance(500) {
            return vec![Self { offset: 0, tick: 1 }];
        }
        let tick = *random.one(&[1, 1_000, 100_000, 1_000_000]);
        let offset = || i64::try_from(random.number(0..10_000)).unwrap() * 1_000 - 5_000_000;
        (0..INSTANCES).map(|_| Self { offset: offset(), tick }).collect()
    }

    /// The time that this clock shows when the simulation's clock shows `micros`. Both are in microseconds.
    pub(super) const fn reading(self, micros: i64) -> i64 {
        let ahead = micros + self.offset;
        ahead - ahead.rem_euclid(self.tick)
    }
}
