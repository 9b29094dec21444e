//! Tests that paging through any orders with any filter and any limit returns every matching order once, newest first.

use es_core::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;
use views::{OrderFilter, OrderScope, OrderView, list_orders};

use crate::support::{Table, at, limit, opened};

const STATUSES: [&str; 3] = ["pending", "confirmed", "shipped"];

#[derive(Debug, Clone)]
struct Order {
    id: u128,
    user: String,
    status: &'static str,
    created_at: Timestamp,
}

fn order() -> impl Strategy<Value = Order> {
    let id = prop_oneof![0..3_u128, any::<u128>()];
    (id, 0..2_u8, prop::sample::select(&STATUSES[..]), 0..12_i64).prop_map(|(id, user, status, time)| Order {
        id,
        user: format!("user-{user}"),
        status,
        created_at: at(time),
    })
}

fn filter() -> impl Strategy<Value = OrderFilter> {
    let status = || prop::sample::select(&STATUSES[..]).prop_map(str::to_owned);
    let scope = prop_oneof![
        (0..2_u8, prop::option::of(status()))
            .prop_map(|(user, status)| OrderScope::User { user_id: format!("user-{user}"), status }),
        prop::collection::vec(status(), 1..4).prop_map(OrderScope::Statuses),
    ];
    let time = || prop::option::weighted(0.3, (0..12_i64).prop_map(at));
    (scope, time(), time()).prop_map(|(scope, from, to)| OrderFilter { scope, from, to })
}

fn wanted(filter: &OrderFilter, order: &Order) -> bool {
    let scope = match &filter.scope {
        OrderScope::User { user_id, status } => {
            order.user == *user_id && status.as_ref().is_none_or(|status| status == order.status)
        }
        OrderScope::Statuses(statuses) => statuses.iter().any(|status| status == order.status),
    };
    scope
        && filter.from.is_none_or(|from| order.created_at >= from)
        && filter.to.is_none_or(|to| order.created_at < to)
}

async fn paged(orders: &[Order], filter: &OrderFilter, most: u8) -> Vec<Uuid> {
    let table = Table::new().await;
    for order in orders {
        let change = opened(order.id, &order.user, order.created_at);
        let change = OrderView::moved(change, Uuid::from_u128(order.id), order.status);
        table.open(order.id, &change).await;
    }
    let (mut found, mut cursor) = (Vec::new(), None);
    for _ in 0..=orders.len() {
        let page = list_orders(&table.views, filter, limit(most), cursor.as_ref()).await.unwrap();
        assert!(page.orders.len() <= usize::from(most));
        found.extend(page.orders.iter().map(|order| order.order_id));
        // Convert the cursor to text and back, as a caller does.
        cursor = page.next.map(|next| next.to_string().parse().unwrap());
        if cursor.is_none() {
            return found;
        }
    }
    panic!("the list has no end");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pages_cover_the_sorted_list(
        orders in prop::collection::btree_map(any::<u128>(), order(), 0..40),
        filter in filter(),
        most in 1..12_u8,
    ) {
        let mut orders: Vec<_> = orders.into_values().collect();
        orders.sort_by_key(|order| order.id);
        orders.dedup_by_key(|order| order.id);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let found = runtime.block_on(paged(&orders, &filter, most));

        orders.retain(|order| wanted(&filter, order));
        orders.sort_by_key(|order| (order.created_at, order.id));
        let expected: Vec<_> = orders.iter().rev().map(|order| Uuid::from_u128(order.id)).collect();
        prop_assert_eq!(found, expected);
    }
}
