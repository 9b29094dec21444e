//! A well-formed request for an order whose prices are not decided yet.

use std::collections::BTreeSet;

use super::{ItemDraft, MAX_ITEMS, OrderDraft, UserId};
use crate::product::ProductId;
use crate::{Currency, InvalidField, Quantity, ValueError};

/// A request for an order before its prices are decided. [`at_own_prices`](Self::at_own_prices) and
/// [`at_catalog_prices`](Self::at_catalog_prices) convert it into a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRequest {
    pub(super) user_id: UserId,
    pub(super) positions: Vec<RequestedItem>,
    /// The total and the currency that the caller gives for the whole order.
    pub(super) claim: Claim,
}

/// One item of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestedItem {
    pub(super) product_id: ProductId,
    pub(super) quantity: Quantity,
    /// The price and the currency that the caller gives for one piece.
    pub(super) claim: Claim,
}

/// The optional amount and currency that a caller gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim {
    /// The amount in minor units.
    pub(super) minor: Option<i64>,
    pub(super) currency: Option<Currency>,
}

impl OrderRequest {
    /// The request of `draft`. If `draft` names no customer, the order belongs to `caller`.
    ///
    /// # Errors
    /// [`InvalidField`] that names the invalid field.
    pub fn from_draft(draft: OrderDraft, caller: UserId) -> Result<Self, InvalidField> {
        let user_id = draft.user_id.map_or(Ok(caller), TryInto::try_into);
        let user_id = user_id.map_err(InvalidField::at("user_id"))?;
        let currency = currency(draft.currency, || "currency".to_owned())?;
        let positions = positions(draft.items)?;
        Ok(Self { user_id, positions, claim: Claim { minor: draft.total_amount_cents, currency } })
    }

    /// The products in the request.
    #[must_use]
    pub fn products(&self) -> BTreeSet<ProductId> {
        self.positions.iter().map(|position| position.product_id.clone()).collect()
    }
}

fn positions(drafts: Vec<ItemDraft>) -> Result<Vec<RequestedItem>, InvalidField> {
    let problem = match drafts.len() {
        0 => ValueError::NoItems,
        1..=MAX_ITEMS => {
            let positions = drafts.into_iter().enumerate().map(|(index, draft)| position(index, draft));
            return distinct(positions.collect::<Result<_, _>>()?);
        }
        _ => ValueError::TooManyItems,
    };
    Err(InvalidField { field: "items".to_owned(), problem })
}

/// Refuses a second item with the same product. Two items could exceed the largest quantity of one product.
fn distinct(positions: Vec<RequestedItem>) -> Result<Vec<RequestedItem>, InvalidField> {
    let mut products = BTreeSet::new();
    let repeated = positions.iter().position(|position| !products.insert(&position.product_id));
    match repeated {
        None => Ok(positions),
        Some(index) => Err(InvalidField {
            field: format!("items[{index}].product_id"),
            problem: ValueError::ProductRepeated,
        }),
    }
}

fn position(index: usize, draft: ItemDraft) -> Result<RequestedItem, InvalidField> {
    let at = |name| move || format!("items[{index}].{name}");
    let product_id = draft.product_id.try_into().map_err(InvalidField::at_path(at("product_id")))?;
    let quantity = Quantity::try_from(draft.quantity).map_err(InvalidField::at_path(at("quantity")))?;
    let currency = currency(draft.currency, at("currency"))?;
    Ok(RequestedItem { product_id, quantity, claim: Claim { minor: draft.unit_price_cents, currency } })
}

fn currency(code: Option<String>, path: impl FnOnce() -> String) -> Result<Option<Currency>, InvalidField> {
    code.map(TryInto::try_into).transpose().map_err(InvalidField::at_path(path))
}
