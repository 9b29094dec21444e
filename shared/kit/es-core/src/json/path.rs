//! Paths of members in a JSON document.

/// A path that is collected from its end to its beginning: an error passes the innermost member first.
#[derive(Debug, Default)]
pub(super) struct Path(Vec<Segment>);

#[derive(Debug)]
enum Segment {
    Member(String),
    Element(usize),
}

impl Path {
    /// Puts the member `name` in front of the path.
    pub(super) fn in_member(&mut self, name: &str) {
        self.0.push(Segment::Member(name.to_owned()));
    }

    /// Puts the array element `index` in front of the path.
    pub(super) fn in_element(&mut self, index: usize) {
        self.0.push(Segment::Element(index));
    }

    /// The path as a text, such as `items[0].quantity`. A member with an empty name is written as `""`.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for segment in self.0.iter().rev() {
            match segment {
                Segment::Member(name) => {
                    text.push_str(if text.is_empty() { "" } else { "." });
                    text.push_str(if name.is_empty() { "\"\"" } else { name });
                }
                Segment::Element(index) => text.extend(["[", &index.to_string(), "]"]),
            }
        }
        text
    }
}
