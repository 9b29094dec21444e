//! Projects the events of a product into its view.

use domain::product::{Product, ProductEvent};
use es_core::{Category, Decider, Projection, Recorded};
use view_store::Change;
use views::ProductView;

/// Projects the events of a product into the change of its view.
#[derive(Debug, Clone, Copy)]
pub enum ProductProjection {}

/// The status of a product that is for sale.
const ACTIVE: &str = "active";
/// The status of a product that is no longer for sale.
const DISCONTINUED: &str = "discontinued";

impl Projection for ProductProjection {
    const NAME: &str = "product-projection";
    const CATEGORY: Category = Product::CATEGORY;

    type Event = ProductEvent;
    type Change = Change<ProductView>;

    fn project(change: Change<ProductView>, recorded: &Recorded<ProductEvent>) -> Change<ProductView> {
        let at = recorded.metadata.occurred_at;
        let change = change.set(ProductView::UPDATED_AT, &at);
        match &recorded.event {
            ProductEvent::ProductRegistered(registered) => {
                ProductView::registered(change, &registered.product_id, at)
                    .set(ProductView::NAME, &registered.name)
                    .set(ProductView::UNIT_PRICE_CENTS, &registered.unit_price_cents)
                    .set(ProductView::CURRENCY, &registered.currency)
                    .set(ProductView::STATUS, ACTIVE)
            }
            ProductEvent::ProductRenamed(renamed) => change.set(ProductView::NAME, &renamed.name),
            ProductEvent::ProductPriceChanged(price) => change
                .set(ProductView::UNIT_PRICE_CENTS, &price.unit_price_cents)
                .set(ProductView::CURRENCY, &price.currency),
            ProductEvent::ProductDiscontinued {} => change.set(ProductView::STATUS, DISCONTINUED),
        }
    }
}
