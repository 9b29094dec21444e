//! The product projection on Kinesis batches, over a DynamoDB in process with its requests counted.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test ends where what it stands on fails")]

use std::time::Duration;

use domain::product::ProductId;
use es_core::EventAppender;
use event_stream::{Batch, BatchResponse, Content, decode};
use product_projection::ProductProjection;
use projection::Counters;
use projection::Projector;
use testing::dynamodb::LocalDynamoDb;
use testing::kinesis::samples;
use testing::{InMemoryDeadLetters, InMemoryEventStore};
use tokio::time::Instant;
use views::{DynamoProductViews, ProductView};

const BEANS: &str = "espresso-beans-1kg";

struct World {
    db: LocalDynamoDb,
    projector: Projector<ProductProjection, InMemoryEventStore, DynamoProductViews, InMemoryDeadLetters>,
}

impl World {
    async fn new() -> Self {
        let db = LocalDynamoDb::start().await;
        let views = DynamoProductViews::new(db.client(), db.query_table().await);
        let (events, letters) = (InMemoryEventStore::default(), InMemoryDeadLetters::default());
        Self { db, projector: Projector::new(events, views, letters) }
    }

    async fn project(&self, batch: &Batch) -> Counters {
        let deadline = Instant::now() + Duration::from_mins(1);
        let (response, counters) = self.projector.project(batch, deadline).await;
        assert_eq!(response, BatchResponse::default());
        counters
    }

    async fn view(&self, id: &str) -> Option<ProductView> {
        let id: ProductId = id.parse().unwrap();
        self.projector.views.get(&id.stream()).await.unwrap()
    }

    /// A product's view in a line: `Espresso beans 1 kg, 1899 EUR, active, 1`.
    async fn stands(&self, id: &str) -> String {
        let view = self.view(id).await;
        let line = |view: ProductView| {
            let ProductView { name, unit_price_cents, currency, status, version, .. } = view;
            format!("{name}, {unit_price_cents} {currency}, {status}, {version}")
        };
        view.map(line).unwrap_or_default()
    }
}

fn batch(name: &str) -> Batch {
    let mut samples = samples("product-projection").into_iter();
    samples.find(|(found, _)| found == name).unwrap_or_else(|| panic!("no sample {name}")).1
}

#[tokio::test]
async fn every_sample_ends_as_it_should() {
    let counters = |records, streams, applied| Counters { records, streams, applied, ..Counters::default() };
    let changed = "Espresso beans, 1 kg, 1999 EUR, active, 3";
    let kyusu = "急須, 4800 JPY, active, 1";
    for (name, batch) in samples("product-projection") {
        let (counters, beans, other) = match name.as_str() {
            "full-life" => (counters(3, 1, 3), "Espresso beans, 1 kg, 1999 EUR, discontinued, 4", ""),
            "duplicates-and-reordered" => (Counters { duplicates: 2, ..counters(5, 2, 3) }, changed, kyusu),
            "unknown-type" => {
                let beans = "Espresso beans, 1 kg, 1999 EUR, active, 4";
                (Counters { skipped: 1, ..counters(3, 1, 3) }, beans, "")
            }
            "poison" => (Counters { poison: 1, ..counters(2, 1, 1) }, "", kyusu),
            "not-for-products" => (Counters { ignored: 2, ..counters(2, 0, 0) }, "", ""),
            _ => panic!("{name} has no expectation"),
        };
        let world = World::new().await;
        assert_eq!(world.project(&batch).await, counters, "{name}");
        assert_eq!(
            (world.stands(BEANS).await, world.stands("急須").await),
            (beans.into(), other.into()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_batch_is_one_write_of_two_units_for_each_product_and_no_read() {
    let world = World::new().await;
    world.project(&batch("duplicates-and-reordered")).await;
    assert_eq!(world.db.recorder().requests(), ["UpdateItem"; 2]);
    assert!((world.db.recorder().write_units() - 4.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn a_gap_is_filled_from_the_event_table() {
    let world = World::new().await;
    let mut batch = batch("full-life");
    for record in &batch.records {
        let Content::Commit { commit, .. } = decode(record) else { panic!("no commit") };
        world.projector.events.append(&commit).await.unwrap();
    }
    batch.records.drain(..2);
    assert_eq!(world.project(&batch).await.gaps, 1);
    assert_eq!(world.stands(BEANS).await, "Espresso beans, 1 kg, 1999 EUR, discontinued, 4");
    let view = world.view(BEANS).await.unwrap();
    assert!(view.created_at < view.updated_at);
}

#[tokio::test]
async fn a_dead_letter_names_its_function() {
    let world = World::new().await;
    world.project(&batch("poison")).await;
    assert_eq!(world.projector.dead_letters.take()[0]["function"], "product-projection");
}
