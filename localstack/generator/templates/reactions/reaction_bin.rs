//! Wires the function that opens a paper crane after each `PaperBoatLaunched`.

fn main() -> Result<(), lambda::Error> {
    reactions::run::<reactions::PressFlower>(env!("CARGO_BIN_NAME"))
}
