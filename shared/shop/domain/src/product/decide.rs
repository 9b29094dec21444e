//! The rules of a product.

use std::num::NonZeroU16;

use es_core::{Category, Decider, SnapshotPolicy};

use super::id::CATEGORY;
use super::{
    Offer, ProductCommand, ProductError, ProductEvent, ProductPriceChanged, ProductRegistered,
    ProductRenamed, ProductState, RegisterProduct,
};

/// The product aggregate.
#[derive(Debug, Clone, Copy)]
pub enum Product {}

impl Decider for Product {
    const CATEGORY: Category = CATEGORY;
    /// A snapshot at every fourth commit. Every order reads its products, so short loads matter; products change
    /// seldom, so the additional snapshots cost little.
    ///
    /// Snapshots of schema 1 have the same state, but they remember at most 64 idempotency keys.
    const SNAPSHOT: SnapshotPolicy = SnapshotPolicy { schema: 2, every: NonZeroU16::MIN.saturating_add(3) };

    type Command = ProductCommand;
    type Event = ProductEvent;
    type State = ProductState;
    type Error = ProductError;

    fn decide(state: &ProductState, command: ProductCommand) -> Result<Vec<ProductEvent>, ProductError> {
        use ProductCommand::{Discontinue, Register};
        use ProductState::{Active, Discontinued, Missing};

        match (state, command) {
            (Missing, Register(wanted)) => Ok(vec![ProductEvent::ProductRegistered(registered(wanted))]),
            (Missing, Discontinue) => Err(ProductError::NotFound),

            (Active(offer), Register(wanted)) => Ok(changes(offer, wanted)),
            (Active(_), Discontinue) => Ok(vec![ProductEvent::ProductDiscontinued {}]),

            (Discontinued, Register(_)) => Err(ProductError::Discontinued),
            (Discontinued, Discontinue) => Ok(vec![]),
        }
    }

    fn evolve(state: ProductState, event: &ProductEvent) -> ProductState {
        state.after(event)
    }
}

fn registered(wanted: RegisterProduct) -> ProductRegistered {
    ProductRegistered {
        product_id: wanted.product_id.into(),
        name: wanted.name.into(),
        unit_price_cents: wanted.unit_price.minor(),
        currency: wanted.unit_price.currency().into(),
    }
}

/// The events that change `offer` to `wanted`; none if they are equal.
fn changes(offer: &Offer, wanted: RegisterProduct) -> Vec<ProductEvent> {
    let name = (offer.name != wanted.name.as_str())
        .then(|| ProductEvent::ProductRenamed(ProductRenamed { name: wanted.name.into() }));
    let price = (offer.unit_price() != Ok(wanted.unit_price)).then(|| {
        ProductEvent::ProductPriceChanged(ProductPriceChanged {
            unit_price_cents: wanted.unit_price.minor(),
            currency: wanted.unit_price.currency().into(),
        })
    });
    name.into_iter().chain(price).collect()
}
