//! Wires the function that executes `unfold-wing` on a paper crane.

fn main() -> Result<(), lambda::Error> {
    commands::run(commands::unfold_wing_paper_crane::handle)
}
