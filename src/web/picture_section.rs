//! Section of a page with the form for a picture of a user or a room.

/// Section, shown by `templates/avatars/form.html`.
pub struct PictureSection {
    pub title: &'static str,
    /// URL to which the picture is sent.
    pub address: String,
    /// URL of the image that stands beside the form: the picture, or the letters of a user.
    pub preview: Option<String>,
    /// Shape in which pages show it: `round` or `square`.
    pub shape: &'static str,
    /// Whether there is a picture to remove.
    pub is_set: bool,
    /// Reason why a picture was refused.
    pub error: Option<String>,
}
