//! The reads of orders: a customer's list of 20, and one order, from views and from CRUD.

mod crud;
mod normalised;
mod own;
mod port;

use std::time::Instant;

use domain::order::OrderCreated;
use futures::future::try_join_all;
use uuid::Uuid;

use self::port::{Found, PAGE, Reader, Seed};
use crate::database::Database;
use crate::error::PeersError;
use crate::plan::{Plan, with_commas};
use crate::shop::{PRODUCTS, opening};
use crate::table::{Table, amount, median, milliseconds, whole};

pub(crate) use port::VIEWS;

/// The orders of one customer.
const ORDERS_OF_A_CUSTOMER: usize = 50;
/// The readers that work at the same time.
const READERS: usize = 8;
/// The customers whose orders are read, the same ones at each size.
const CUSTOMERS: usize = 10;

/// The median times and the rate of one reader in one round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Speed {
    /// The seconds of a list.
    pub(crate) list: f64,
    /// The seconds of one order.
    pub(crate) one: f64,
    /// Lists per second of eight readers.
    pub(crate) lists_per_second: f64,
}

/// The speeds at one number of orders, by the names of the readers.
#[derive(Debug)]
pub(crate) struct Speeds {
    /// The number of orders.
    pub(crate) orders: usize,
    /// The speeds, one for each round.
    pub(crate) readers: Vec<(&'static str, Vec<Speed>)>,
}

/// Fills the table `reading`. Also returns the speeds.
pub(crate) async fn table(database: &Database, plan: &Plan) -> Result<(Table, Vec<Speeds>), PeersError> {
    let mut table = Table::new("reading")?;
    let mut speeds = Vec::new();
    for orders in plan.orders {
        speeds.push(measure(database, plan, *orders, &mut table).await?);
    }
    Ok((table, speeds))
}

async fn measure(
    database: &Database,
    plan: &Plan,
    orders: usize,
    table: &mut Table,
) -> Result<Speeds, PeersError> {
    let seeds = seeds(orders)?;
    let readers: Vec<Box<dyn Reader>> = vec![
        Box::new(own::Own::new(database).await),
        Box::new(crud::Crud::new(database).await?),
        Box::new(normalised::Normalised::new(database).await?),
    ];
    try_join_all(readers.iter().map(|reader| reader.fill(&seeds))).await?;
    let expected = Found { orders: 1, lines: PRODUCTS.len(), named: PRODUCTS.len() };
    let mut rounds: Vec<Vec<Speed>> = vec![Vec::new(); readers.len()];
    for _ in 0..plan.rounds {
        for (rounds, reader) in rounds.iter_mut().zip(&readers) {
            rounds.push(round(reader.as_ref(), &seeds, plan, expected).await?);
        }
    }
    let mut measured = Vec::new();
    for (rounds, reader) in rounds.into_iter().zip(&readers) {
        let middle = |value: fn(&Speed) -> f64| median(rounds.iter().map(value).collect());
        reader.counter().take();
        reader.list(&seeds[0].created.user_id).await?;
        let list = reader.counter().take();
        reader.one(seeds[0].id).await?;
        let one = reader.counter().take();
        table.set(
            &format!("{}: {}", with_commas(orders), reader.name()),
            [
                list.requests.to_string(),
                amount(list.reads),
                milliseconds(middle(|round| round.list)),
                whole(middle(|round| round.lists_per_second)),
                one.requests.to_string(),
                amount(one.reads),
                milliseconds(middle(|round| round.one)),
            ],
        )?;
        measured.push((reader.name(), rounds));
    }
    Ok(Speeds { orders, readers: measured })
}

/// Reads lists and orders one after the other, and then lists with several readers at once.
async fn round(
    reader: &dyn Reader,
    seeds: &[Seed],
    plan: &Plan,
    expected: Found,
) -> Result<Speed, PeersError> {
    let (mut lists, mut ones) = (Vec::new(), Vec::new());
    for number in 0..plan.commands {
        let seed = asked(seeds, number as usize);
        let start = Instant::now();
        let found = reader.list(&seed.created.user_id).await?;
        lists.push(start.elapsed().as_secs_f64());
        let page = (0..PAGE).fold(Found::default(), |sum, _| sum.plus(expected));
        same(reader, found, page)?;
        let start = Instant::now();
        let found = reader.one(seed.id).await?;
        ones.push(start.elapsed().as_secs_f64());
        same(reader, found, expected)?;
    }
    let start = Instant::now();
    let read = async |_| {
        for number in 0..plan.commands {
            reader.list(&asked(seeds, number as usize).created.user_id).await?;
        }
        Ok::<_, PeersError>(())
    };
    try_join_all((0..READERS).map(read)).await?;
    let sent = READERS as f64 * f64::from(plan.commands);
    let lists_per_second = sent / start.elapsed().as_secs_f64();
    Ok(Speed { list: median(lists), one: median(ones), lists_per_second })
}

fn same(reader: &dyn Reader, found: Found, expected: Found) -> Result<(), PeersError> {
    if found == expected {
        return Ok(());
    }
    let problem = format!("a read returned {found:?} instead of {expected:?}");
    Err(PeersError::Unexpected { contender: reader.name(), problem })
}

/// As many orders with three named lines each, of as many customers as are needed.
fn seeds(orders: usize) -> Result<Vec<Seed>, PeersError> {
    let created = opening()?;
    let seed = |number: usize| {
        let user_id = format!("customer-{:06}", number % customers_of(orders));
        Seed { id: Uuid::new_v4(), created: OrderCreated { user_id, ..created.clone() } }
    };
    Ok((0..orders).map(seed).collect())
}

/// The number of customers that `orders` orders belong to.
const fn customers_of(orders: usize) -> usize {
    if orders < ORDERS_OF_A_CUSTOMER { 1 } else { orders / ORDERS_OF_A_CUSTOMER }
}

/// The order for the read `number`. The reads take [`CUSTOMERS`] customers in turns, each time with another order.
fn asked(seeds: &[Seed], number: usize) -> &Seed {
    let order_of_the_customer = number / CUSTOMERS;
    &seeds[(number % CUSTOMERS + order_of_the_customer * customers_of(seeds.len())) % seeds.len()]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{CUSTOMERS, asked, seeds};
    use crate::plan::FULL;

    #[test]
    fn the_same_ten_customers_are_read_at_each_size() {
        let expected: BTreeSet<String> =
            (0..CUSTOMERS).map(|customer| format!("customer-{customer:06}")).collect();
        for orders in FULL.orders {
            let seeds = seeds(*orders).unwrap();
            let read: Vec<_> = (0..FULL.commands).map(|number| asked(&seeds, number as usize)).collect();
            let customers: BTreeSet<String> = read.iter().map(|seed| seed.created.user_id.clone()).collect();
            assert_eq!(customers, expected, "{orders} orders");
            let different: BTreeSet<_> = read.iter().map(|seed| seed.id).collect();
            assert_eq!(different.len(), read.len(), "{orders} orders");
        }
    }
}
