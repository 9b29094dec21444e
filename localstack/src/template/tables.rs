//! `AWS::DynamoDB::Table`.

use std::collections::BTreeMap;

use super::error::TemplateError;
use super::model::{AttributeType, ChangeStream, Index, Key, Projection, Table, TimePrecision};
use super::properties::Properties;
use crate::account::name_of_arn;

const READ: &[&str] = &[
    "AttributeDefinitions",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "KinesisStreamSpecification",
    "TableName",
    "TimeToLiveSpecification",
];
/// Backups, encryption, billing, deletion and who may not come without TLS change nothing that a local caller can see.
const INERT: &[&str] = &[
    "BillingMode",
    "ContributorInsightsSpecification",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "PointInTimeRecoverySpecification",
    "ProvisionedThroughput",
    "ResourcePolicy",
    "SSESpecification",
    "TableClass",
    "Tags",
    "WarmThroughput",
];

/// Reads one table.
///
/// # Errors
/// [`TemplateError::Property`].
pub(crate) fn table(name: String, properties: &Properties<'_>) -> Result<Table, TemplateError> {
    properties.only(READ, INERT)?;
    Ok(Table {
        logical_id: properties.resource().to_owned(),
        name,
        key: key(properties)?,
        attributes: attributes(properties)?,
        indexes: properties.objects("GlobalSecondaryIndexes")?.iter().map(index).collect::<Result<_, _>>()?,
        ttl_attribute: ttl_attribute(properties)?,
        change_stream: change_stream(properties)?,
    })
}

fn attributes(properties: &Properties<'_>) -> Result<BTreeMap<String, AttributeType>, TemplateError> {
    let attribute = |definition: &Properties<'_>| {
        let kind = match definition.required_text("AttributeType")?.as_str() {
            "S" => AttributeType::Text,
            "N" => AttributeType::Number,
            "B" => AttributeType::Binary,
            other => {
                return Err(definition.error("AttributeType", format!("{other} is none of S, N and B")));
            }
        };
        Ok((definition.required_text("AttributeName")?, kind))
    };
    properties.objects("AttributeDefinitions")?.iter().map(attribute).collect()
}

fn key(properties: &Properties<'_>) -> Result<Key, TemplateError> {
    let (mut hash, mut range) = (None, None);
    for element in properties.objects("KeySchema")? {
        let name = element.required_text("AttributeName")?;
        match element.required_text("KeyType")?.as_str() {
            "HASH" => hash = Some(name),
            "RANGE" => range = Some(name),
            other => return Err(element.error("KeyType", format!("{other} is neither HASH nor RANGE"))),
        }
    }
    Ok(Key { hash: hash.ok_or_else(|| properties.error("KeySchema", "has no HASH key"))?, range })
}

fn index(properties: &Properties<'_>) -> Result<Index, TemplateError> {
    properties.only(
        &["IndexName", "KeySchema", "Projection"],
        &[
            "ContributorInsightsSpecification",
            "OnDemandThroughput",
            "ProvisionedThroughput",
            "WarmThroughput",
        ],
    )?;
    let projection = properties.required_object("Projection")?;
    let held = match projection.required_text("ProjectionType")?.as_str() {
        "ALL" => Projection::All,
        "KEYS_ONLY" => Projection::KeysOnly,
        "INCLUDE" => Projection::Include(projection.texts("NonKeyAttributes")?),
        other => return Err(projection.error("ProjectionType", format!("{other} is not a projection"))),
    };
    Ok(Index { name: properties.required_text("IndexName")?, key: key(properties)?, projection: held })
}

fn ttl_attribute(properties: &Properties<'_>) -> Result<Option<String>, TemplateError> {
    let Some(ttl) = properties.object("TimeToLiveSpecification")? else { return Ok(None) };
    if ttl.boolean("Enabled")? == Some(false) {
        return Ok(None);
    }
    ttl.required_text("AttributeName").map(Some)
}

fn change_stream(properties: &Properties<'_>) -> Result<Option<ChangeStream>, TemplateError> {
    let Some(target) = properties.object("KinesisStreamSpecification")? else { return Ok(None) };
    target.only(&["ApproximateCreationDateTimePrecision", "StreamArn"], &[])?;
    let precision = match target.text("ApproximateCreationDateTimePrecision")?.as_deref() {
        None | Some("MILLISECOND") => TimePrecision::Millisecond,
        Some("MICROSECOND") => TimePrecision::Microsecond,
        Some(other) => {
            let problem = format!("{other} is neither MILLISECOND nor MICROSECOND");
            return Err(target.error("ApproximateCreationDateTimePrecision", problem));
        }
    };
    let arn = target.required_text("StreamArn")?;
    Ok(Some(ChangeStream { stream: name_of_arn(&arn).to_owned(), precision }))
}
