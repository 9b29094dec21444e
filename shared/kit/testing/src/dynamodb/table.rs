//! The tables as template.yaml declares them.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};

/// Creates the event table `name` with the string key `pk` and the number key `sk`.
pub async fn create_event_table(client: &Client, name: &str) {
    client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(vec![
            attribute("pk", ScalarAttributeType::S),
            attribute("sk", ScalarAttributeType::N),
        ]))
        .set_key_schema(Some(keys("pk", "sk")))
        .send()
        .await
        .unwrap();
}

/// Creates the query table `name` with the string keys `pk` and `sk` and the indexes `by_user` and `by_status`.
pub async fn create_query_table(client: &Client, name: &str) {
    let attributes = ["pk", "sk", "user_key", "status_key", "order_key"];
    client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(
            attributes.map(|name| attribute(name, ScalarAttributeType::S)).into(),
        ))
        .set_key_schema(Some(keys("pk", "sk")))
        .global_secondary_indexes(index("by_user", "user_key"))
        .global_secondary_indexes(index("by_status", "status_key"))
        .send()
        .await
        .unwrap();
}

/// Creates the table of operations `name` with the string key `pk`.
pub async fn create_operations_table(client: &Client, name: &str) {
    let key = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash).build().unwrap();
    client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("pk", ScalarAttributeType::S))
        .key_schema(key)
        .send()
        .await
        .unwrap();
}

fn index(name: &str, partition: &str) -> GlobalSecondaryIndex {
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(keys(partition, "order_key")))
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
        .unwrap()
}

fn attribute(name: &str, of: ScalarAttributeType) -> AttributeDefinition {
    AttributeDefinition::builder().attribute_name(name).attribute_type(of).build().unwrap()
}

fn keys(partition: &str, sort: &str) -> Vec<KeySchemaElement> {
    [(partition, KeyType::Hash), (sort, KeyType::Range)]
        .map(|(name, of)| KeySchemaElement::builder().attribute_name(name).key_type(of).build().unwrap())
        .into()
}
