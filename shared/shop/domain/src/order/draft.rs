//! Drafts: commands as callers write them, and the way from there to well-formed ones.

use serde::Deserialize;

use super::OrderCommand;
use crate::InvalidField;

/// An order as a caller writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderDraft {
    /// Whose order it is; where absent, whoever takes the request says it.
    #[serde(default)]
    pub user_id: Option<String>,
    /// 1 to [`MAX_ITEMS`] positions.
    pub items: Vec<ItemDraft>,
    /// What the caller takes the sum to be, in minor units; checked where given.
    #[serde(default)]
    pub total_amount_cents: Option<i64>,
    /// The currency of all prices. Where absent: the products' own, or US dollars where prices come with the command.
    #[serde(default)]
    pub currency: Option<String>,
}

/// One position as a caller writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemDraft {
    /// What is ordered.
    pub product_id: String,
    /// How many pieces.
    pub quantity: i64,
    /// The price of one piece, in minor units. Where the catalog has the prices, it may be absent, and is checked
    /// where given.
    #[serde(default)]
    pub unit_price_cents: Option<i64>,
    /// The price's currency; the order's where absent.
    #[serde(default)]
    pub currency: Option<String>,
}

/// A shipment as a caller writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShipmentDraft {
    /// The parcel's number.
    pub tracking_number: String,
    /// Who carries it.
    pub carrier: String,
}

/// A cancellation as a caller writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancellationDraft {
    /// Why, where the caller says.
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
