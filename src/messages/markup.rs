//! STUB
use super::Html;
use crate::db::ids::UserId;
pub const VERSION: i32 = 1;
pub struct Rendered {
    text: String,
    names: Vec<String>,
}
pub fn render(text: &str) -> Rendered {
    Rendered {
        text: text.to_owned(),
        names: super::mentions::keys(text),
    }
}
impl Rendered {
    pub fn names(&self) -> &[String] {
        &self.names
    }
    pub fn calls_room(&self) -> bool {
        self.text.contains("@room")
    }
    pub fn calls_here(&self) -> bool {
        self.text.contains("@here")
    }
    pub fn html(&self, _known: &impl Fn(&str) -> Option<(UserId, String)>, _calls: bool) -> Html {
        super::text::Body::stored(self.text.clone()).html()
    }
}
pub fn excerpt(text: &str, most: usize) -> String {
    text.replace('\n', " ").chars().take(most).collect()
}
