//! Wires the function that requests notifications of customers.

fn main() -> Result<(), lambda::Error> {
    reactions::run::<reactions::NotifyCustomer>(env!("CARGO_BIN_NAME"))
}
