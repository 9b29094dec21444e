//! Tests the product projection.

use domain::product::ProductId;
use projection::Counters;
use projections::ProductProjection;
use shop_testing as shop;
use views::ProductView;

use crate::world::{commits, counters, sample, samples};

type World = crate::world::World<ProductProjection>;

const BEANS: &str = "espresso-beans-1kg";

impl World {
    async fn view(&self, id: &str) -> Option<ProductView> {
        let id: ProductId = id.parse().unwrap();
        self.projector.views.get(&id.stream()).await.unwrap()
    }

    /// A product's view as a line such as `Espresso beans 1 kg, 1899 EUR, active, 1`.
    async fn line(&self, id: &str) -> String {
        let view = self.view(id).await;
        let text = |view: ProductView| {
            let ProductView { name, unit_price_cents, currency, status, version, .. } = view;
            format!("{name}, {unit_price_cents} {currency}, {status}, {version}")
        };
        view.map(text).unwrap_or_default()
    }
}

#[tokio::test]
async fn every_sample_gives_the_expected_view() {
    let changed = "Espresso beans, 1 kg, 1999 EUR, active, 3";
    let kyusu = "急須, 4800 JPY, active, 1";
    for (name, batch) in samples::<ProductProjection>() {
        let (expected, beans, other) = match name.as_str() {
            "full-life" => (counters(3, 1, 3), "Espresso beans, 1 kg, 1999 EUR, discontinued, 4", ""),
            "duplicates-and-reordered" => (Counters { duplicates: 2, ..counters(5, 2, 3) }, changed, kyusu),
            "unknown-type" => (Counters { poison: 1, ..counters(3, 1, 2) }, changed, ""),
            "poison" => (Counters { poison: 1, ..counters(2, 1, 1) }, "", kyusu),
            "not-for-products" => (Counters { ignored: 2, ..counters(2, 0, 0) }, "", ""),
            _ => panic!("{name} has no expectation"),
        };
        let world = World::new().await;
        assert_eq!(world.project(&batch).await, expected, "{name}");
        assert_eq!(
            (world.line(BEANS).await, world.line("急須").await),
            (beans.into(), other.into()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_batch_costs_one_write_of_two_units_per_product_and_no_read() {
    let world = World::new().await;
    world.project(&sample::<ProductProjection>("duplicates-and-reordered")).await;
    world.assert_units(4.0, "two products");
    assert_eq!(world.requests(), ["UpdateItem"; 2]);
}

#[tokio::test]
async fn a_gap_is_filled_from_the_event_table() {
    let world = World::new().await;
    let mut batch = sample::<ProductProjection>("full-life");
    shop::append_all(&world.projector.events, &commits(&batch)).await;
    batch.records.drain(..2);
    assert_eq!(world.project(&batch).await.gaps, 1);
    assert_eq!(world.line(BEANS).await, "Espresso beans, 1 kg, 1999 EUR, discontinued, 4");
    let view = world.view(BEANS).await.unwrap();
    assert!(view.created_at < view.updated_at);
}

#[tokio::test]
async fn a_dead_letter_names_its_function() {
    let world = World::new().await;
    world.project(&sample::<ProductProjection>("poison")).await;
    assert!(world.one_letter().contains("not a DynamoDB change record"));
}
