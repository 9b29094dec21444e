//! What the events of a product change in its view.

use domain::product::{Product, ProductEvent};
use es_core::{Category, Decider, EventReader, Projection, Recorded, StreamId};
use projection::{QueryTable, ViewProjection};
use view_store::ItemKey;
use views::{DynamoProductViews, ProductChange};

/// From the events of a product to the change of its view.
#[derive(Debug, Clone, Copy)]
pub enum ProductProjection {}

/// The status of a product that is offered.
const ACTIVE: &str = "active";
/// The status of a product that is no longer offered.
const DISCONTINUED: &str = "discontinued";

impl Projection for ProductProjection {
    const NAME: &str = "product-projection";
    const CATEGORY: Category = Product::CATEGORY;

    type Event = ProductEvent;
    type Change = ProductChange;

    fn project(change: ProductChange, recorded: &Recorded<ProductEvent>) -> ProductChange {
        let at = recorded.metadata.occurred_at;
        let change = ProductChange { updated_at: Some(at), ..change };
        match &recorded.event {
            ProductEvent::ProductRegistered(registered) => ProductChange {
                product_id: Some(registered.product_id.clone()),
                name: Some(registered.name.clone()),
                unit_price_cents: Some(registered.unit_price_cents),
                currency: Some(registered.currency.clone()),
                status: Some(ACTIVE.to_owned()),
                created_at: Some(at),
                ..change
            },
            ProductEvent::ProductRenamed(renamed) => {
                ProductChange { name: Some(renamed.name.clone()), ..change }
            }
            ProductEvent::ProductPriceChanged(price) => ProductChange {
                unit_price_cents: Some(price.unit_price_cents),
                currency: Some(price.currency.clone()),
                ..change
            },
            ProductEvent::ProductDiscontinued {} => {
                ProductChange { status: Some(DISCONTINUED.to_owned()), ..change }
            }
        }
    }
}

impl ViewProjection for ProductProjection {
    type Writer<R: EventReader + 'static> = DynamoProductViews;

    fn writer<R: EventReader + 'static>(_events: R, table: QueryTable) -> Self::Writer<R> {
        DynamoProductViews::new(table.client, table.name)
    }

    fn checkpoint(stream: &StreamId) -> Option<ItemKey> {
        Some(DynamoProductViews::checkpoint(stream))
    }
}
