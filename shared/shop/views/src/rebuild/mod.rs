//! The progress of a rebuild, kept in the generation that is built.
//!
//! | item | pk | sk | attributes |
//! | --- | --- | --- | --- |
//! | the plan | `rebuild` | `plan` | `segments`, how many parts the scan has; `run`, how often it has begun |
//! | a part's checkpoint | `rebuild` | `segment#<index, 7 digits>` | `run`, `cursor`, `pages`, `commits`, `held`, `finished` |
//!
//! A segment's checkpoint moves when everything before it is in the views, and not earlier. So a rebuild that ended
//! anywhere goes on where it was; what it does twice changes nothing. A checkpoint counts for the run that it is of: a
//! rebuild begins again with one write, of the plan.

mod progress;
mod store;

pub use progress::{SegmentProgress, Summary};
pub use store::DynamoProgress;

/// The partition of everything that a rebuild keeps of itself.
pub(crate) const REBUILD: &str = "rebuild";
