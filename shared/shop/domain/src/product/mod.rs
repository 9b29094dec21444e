//! The product aggregate, from its registration to its discontinuation.

mod command;
mod decide;
mod draft;
mod error;
mod event;
mod id;
mod state;

pub use command::{ProductCommand, ProductName, RegisterProduct};
pub use decide::Product;
pub use draft::ProductDraft;
pub use error::ProductError;
pub use event::{ProductEvent, ProductPriceChanged, ProductRegistered, ProductRenamed};
pub use id::ProductId;
pub use state::{Offer, ProductState};
