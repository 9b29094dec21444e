//! Drafts: the unchecked bodies of commands, and their conversion into well-formed commands.

use serde::Deserialize;

use super::OrderCommand;
use crate::InvalidField;

/// The unchecked body of a new order.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderDraft {
    /// The id of the order's customer, 1 to 255 bytes. If it is absent, the order belongs to the caller.
    #[serde(default)]
    pub user_id: Option<String>,
    /// 1 to [`MAX_ITEMS`] items, each with a different product.
    pub items: Vec<ItemDraft>,
    /// The total that the caller expects, in minor units. If it is present, it must equal the sum of the items.
    #[serde(default)]
    pub total_amount_cents: Option<i64>,
    /// The ISO 4217 code of the currency of all prices. If it is absent, catalog prices keep their own currency, and
    /// prices in the command are in US dollars.
    #[serde(default)]
    pub currency: Option<String>,
}

/// The unchecked body of one item.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemDraft {
    /// The id of the ordered product, 1 to 128 characters.
    pub product_id: String,
    /// The number of pieces, 1 to 10,000.
    pub quantity: i64,
    /// The price of one piece, in minor units. If the prices come from the catalog, it may be absent; if it is present
    /// then, it must equal the catalog's price.
    #[serde(default)]
    pub unit_price_cents: Option<i64>,
    /// The ISO 4217 code of the price's currency. It must be the order's currency, which is also the default.
    #[serde(default)]
    pub currency: Option<String>,
}

/// The unchecked body of a shipment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShipmentDraft {
    /// The parcel's tracking number; [`TrackingNumber`](crate::TrackingNumber) has its form.
    pub tracking_number: String,
    /// The carrier; [`Carrier`](crate::Carrier) has its form.
    pub carrier: String,
}

/// The unchecked body of a cancellation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancellationDraft {
    /// The reason, 1 to 500 characters, if the caller gives one. It may contain personal data.
    #[serde(default)]
    pub reason: Option<String>,
}

impl TryFrom<ShipmentDraft> for OrderCommand {
    type Error = InvalidField;

    fn try_from(draft: ShipmentDraft) -> Result<Self, Self::Error> {
        let tracking_number =
            draft.tracking_number.try_into().map_err(InvalidField::at("tracking_number"))?;
        let carrier = draft.carrier.try_into().map_err(InvalidField::at("carrier"))?;
        Ok(Self::Ship { tracking_number, carrier })
    }
}

impl TryFrom<CancellationDraft> for OrderCommand {
    type Error = InvalidField;

    fn try_from(draft: CancellationDraft) -> Result<Self, Self::Error> {
        let reason = draft.reason.map(TryInto::try_into).transpose().map_err(InvalidField::at("reason"))?;
        Ok(Self::Cancel { reason })
    }
}
