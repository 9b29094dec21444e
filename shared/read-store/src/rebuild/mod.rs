//! The progress of a rebuild, kept in the generation that is built.
//!
//! | item | pk | sk | attributes |
//! | --- | --- | --- | --- |
//! | the plan | `rebuild` | `plan` | `segments`, how many parts the scan has |
//! | a part's checkpoint | `rebuild` | `segment#<index, 7 digits>` | `cursor`, `pages`, `commits`, `held`, `finished` |
//!
//! A segment's checkpoint moves when everything before it is in the views, and not earlier. So a rebuild that ended
//! anywhere goes on where it was; what it does twice changes nothing.

mod progress;
mod store;

pub use progress::{SegmentProgress, Summary};
pub use store::DynamoProgress;

/// The partition of everything that a rebuild keeps of itself.
pub(crate) const REBUILD: &str = "rebuild";
