//! Wires the function that opens a paper crane by `fold-up`.

fn main() -> Result<(), lambda::Error> {
    commands::run(commands::fold_up_paper_crane::handle)
}
