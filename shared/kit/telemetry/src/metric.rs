//! The name and the unit of a metric.

/// A metric. The crate that records the metric defines it as a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
}

impl Metric {
    /// The metric `name`, which is a count.
    ///
    /// # Panics
    /// At compile time, if `name` has characters other than ASCII letters.
    #[must_use]
    pub const fn count(name: &'static str) -> Self {
        Self::with_unit(name, "Count")
    }

    /// The metric `name`, which is a duration in milliseconds.
    ///
    /// # Panics
    /// At compile time, if `name` has characters other than ASCII letters.
    #[must_use]
    pub const fn milliseconds(name: &'static str) -> Self {
        Self::with_unit(name, "Milliseconds")
    }

    const fn with_unit(name: &'static str, unit: &'static str) -> Self {
        let (bytes, mut place) = (name.as_bytes(), 0);
        while place < bytes.len() {
            assert!(bytes[place].is_ascii_alphabetic(), "a metric's name may only have ASCII letters");
            place += 1;
        }
        Self { name, unit }
    }

    /// The metric's name in `CloudWatch`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }
}
